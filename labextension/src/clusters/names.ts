/** Friendly names for new clusters. */

const ADJECTIVES = (
  'amber azure blue brave bright calm clever coral crisp eager fleet gentle gold green happy ' +
  'hazel jade jolly keen kind lively lucky mellow merry mint misty neat noble opal pearl plum ' +
  'proud quick quiet rosy ruby rusty sandy silver sleek snowy solar spry sunny swift teal tidy ' +
  'velvet warm witty'
).split(' ');

const ANIMALS = (
  'badger bear beaver bison crane dingo dolphin eagle egret elk falcon ferret finch fox gecko ' +
  'gull hare hawk heron ibis jackal jay koala lark lemur lion lynx marten mole moose newt ocelot ' +
  'orca osprey otter owl panda petrel pika puffin quail raven robin seal shrew stoat stork swan ' +
  'tapir tern toad trout vole walrus wombat wren yak zebra'
).split(' ');

/** Return a name such as "blue-otter" that is not in `taken`. */
export function friendlyName(taken: Iterable<string>, random: () => number = Math.random): string {
  const used = new Set(taken);
  const pick = (words: string[]): string => words[Math.floor(random() * words.length)];
  for (let attempt = 0; attempt < 50; attempt++) {
    const name = `${pick(ADJECTIVES)}-${pick(ANIMALS)}`;
    if (!used.has(name)) {
      return name;
    }
  }
  const name = `${pick(ADJECTIVES)}-${pick(ANIMALS)}`;
  for (let n = 2; ; n++) {
    if (!used.has(`${name}-${n}`)) {
      return `${name}-${n}`;
    }
  }
}

/** Whether this is a valid name of a cluster. The server checks it again. */
export function isValidName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name);
}
