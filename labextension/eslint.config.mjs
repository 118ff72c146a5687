import js from '@eslint/js';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/**
 * The folders of src, from the lowest up: one imports from those before it only. Those of one row
 * are surfaces, which never import each other.
 */
const LAYERS = [
  ['base'],
  ['api'],
  ['clusters'],
  ['ui'],
  ['panel', 'newcluster', 'views', 'dashboards', 'notebook', 'notifications', 'athome'],
  ['commands'],
  ['plugins']
];

/** Within a surface: the folder named first knows nothing of the others. */
const WITHIN = [
  ['newcluster/model', ['newcluster/fields', 'newcluster/script']],
  ['newcluster/fields', ['newcluster/script']],
  ['panel/size', ['panel/card']],
  ['views/jobs', ['views/logs']],
  ['views/logs', ['views/jobs']]
];

const zones = [
  ...LAYERS.flatMap((row, level) =>
    row.map(folder => ({
      target: `./src/${folder}`,
      from: './src',
      except: [folder, ...LAYERS.slice(0, level).flat()].map(each => `./${each}`),
      message: `${folder}/ imports only from the layers below it, see LAYERS in eslint.config.mjs.`
    }))
  ),
  ...WITHIN.map(([folder, others]) => ({
    target: `./src/${folder}`,
    from: others.map(each => `./src/${each}`),
    message: `${folder}/ knows nothing of that folder, see WITHIN in eslint.config.mjs.`
  }))
];

/** A call that returns a translated message. */
const MESSAGE = 'CallExpression[callee.property.name=/^(__|_n|_p|_np)$/]';

/** Ways to show English that no translator can reach, or put in another order. */
const UNTRANSLATED = [
  {
    selector: 'JSXText[value=/[A-Za-z]/]',
    message: 'A text goes through trans.__().'
  },
  {
    selector:
      'JSXAttribute[name.name=/^(title|alt|label|placeholder|aria-label|aria-valuetext)$/] > Literal[value=/[A-Za-z]{2}/]',
    message: 'A text goes through trans.__().'
  },
  {
    selector: `TemplateLiteral > ${MESSAGE}, BinaryExpression[operator="+"] > ${MESSAGE}`,
    message: 'A message is put into another one by %1: a translator may have to change the order.'
  },
  {
    selector: `${MESSAGE} > Literal:first-child[value=/^\\s|\\s$|^%1$/]`,
    message: 'A message is a whole, without space around it.'
  },
  {
    selector: `${MESSAGE}[arguments.0.type!="Literal"]`,
    message: 'A message is written out, or no tool finds it.'
  },
  {
    selector: 'CallExpression[callee.property.name="join"] > Literal[value=/^[,;] $/]',
    message: 'A list is written by formatList(), in the way of the language.'
  },
  {
    selector: 'MemberExpression[property.name=/^toLocale(Date|Time)?String$/]',
    message:
      'Numbers and clocks are written by clusters/words/format.ts, in the language of JupyterLab.'
  }
];

export default tseslint.config(
  { ignores: ['lib/', 'node_modules/'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks, 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true } },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx'] })],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] }
    },
    rules: {
      ...hooks.configs.recommended.rules,
      // Lumino and JupyterLab pair an interface with a namespace of the same name.
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/order': [
        'error',
        {
          groups: [['builtin', 'external'], 'parent', ['sibling', 'index']],
          'newlines-between': 'ignore',
          alphabetize: { order: 'asc' }
        }
      ],
      eqeqeq: 'error',
      curly: 'error'
    }
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: { 'no-restricted-syntax': ['error', ...UNTRANSLATED] }
  }
);
