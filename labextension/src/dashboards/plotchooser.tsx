/** The chooser of plots: search, arrow keys, Enter. A popover below its button, or in the middle. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { errorWords } from '../api/errorwords';
import type { ICluster } from '../api/restapi';
import { useSignal } from '../ui/hooks';
import { found, WHOLE_DASHBOARD } from './plots';
import type { PlotsModel } from './plotsmodel';

/** The choice of the default layout instead of a plot. */
export const DEFAULT_LAYOUT = 'default-layout';

export interface IChooserOptions {
  cluster: Pick<ICluster, 'id' | 'name'>;
  plots: PlotsModel;
  /** Whether there is a main area for a layout. */
  canArrange: boolean;
  isOpen: (plot: string) => boolean;
  /** Called with the id of a plot, `WHOLE_DASHBOARD` or `DEFAULT_LAYOUT`. */
  choose: (choice: string) => void;
  trans: TranslationBundle;
}

interface IPlotChoice {
  id: string;
  title: string;
  hint?: string;
}

interface IChooserBodyProps extends IChooserOptions {
  close: () => void;
}

export function ChooserBody(props: IChooserBodyProps): React.JSX.Element {
  const { cluster, plots, isOpen, choose, close, trans } = props;
  const [search, setSearch] = React.useState('');
  const [place, setPlace] = React.useState(0);
  const [error, setError] = React.useState<string | null>(null);
  const listId = React.useId();
  const list = React.useRef<HTMLUListElement>(null);
  useSignal(plots.changed);
  React.useEffect(() => {
    let here = true;
    plots.load(cluster.id).catch((reason: unknown) => {
      if (here) {
        setError(errorWords(reason));
      }
    });
    return () => {
      here = false;
    };
  }, [plots, cluster.id]);

  const known = plots.of(cluster.id);
  const choices = found(plotChoices(props, known ?? []), search);
  const active = Math.min(place, choices.length - 1);
  React.useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  const take = (choice: IPlotChoice | undefined): void => {
    if (choice !== undefined) {
      close();
      choose(choice.id);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      setPlace((active + step + choices.length) % Math.max(1, choices.length));
    } else if (event.key === 'Enter') {
      take(choices[active]);
    } else if (event.key === 'Escape') {
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const optionId = (i: number): string => `${listId}-${i}`;
  return (
    <>
      <input
        autoFocus
        className="jp-DaskSlurm-field"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls={listId}
        aria-activedescendant={active >= 0 ? optionId(active) : undefined}
        aria-label={trans.__('Search the dashboards of %1', cluster.name)}
        placeholder={trans.__('Search the plots of %1', cluster.name)}
        spellCheck={false}
        value={search}
        onChange={event => {
          setSearch(event.target.value);
          setPlace(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul ref={list} id={listId} role="listbox" aria-label={trans.__('Dashboards')}>
        {choices.map((choice, i) => (
          <li
            key={choice.id}
            id={optionId(i)}
            role="option"
            aria-selected={i === active}
            data-choice={choice.id}
            // The field has to keep the focus, or the chooser would close.
            onMouseDown={event => event.preventDefault()}
            onMouseMove={() => setPlace(i)}
            onClick={() => take(choice)}
          >
            <span>{choice.title}</span>
            {choice.hint !== undefined && <span className="jp-DaskSlurm-quiet">{choice.hint}</span>}
            {isOpen(choice.id) && (
              <checkIcon.react tag="span" title={trans.__('Is open')} height={14} width={14} />
            )}
          </li>
        ))}
      </ul>
      <p className="jp-DaskSlurm-quiet" role="status">
        {error !== null
          ? error
          : known === null
            ? trans.__('Asking the dashboard…')
            : choices.length === 0
              ? trans.__('No matching plots')
              : ''}
      </p>
    </>
  );
}

function plotChoices(
  { canArrange, trans }: IChooserOptions,
  plots: readonly IPlotChoice[]
): readonly IPlotChoice[] {
  const layout = {
    id: DEFAULT_LAYOUT,
    title: trans.__('Default Layout'),
    hint: trans.__('the most useful plots')
  };
  return [
    ...(canArrange ? [layout] : []),
    { id: WHOLE_DASHBOARD, title: trans.__('Whole Dashboard') },
    ...plots
  ];
}

/** The button to open below, in pixels of the window. */
export interface IAnchor {
  left: number;
  top: number;
  bottom: number;
}

const WIDTH = 280;
const MARGIN = 8;

/** The popover. It closes once something is chosen, or when it loses the focus. */
export class PlotChooser extends ReactWidget {
  /** Open it; without an anchor in the middle of the window. */
  static open(options: IChooserOptions, anchor: IAnchor | null): void {
    Widget.attach(new PlotChooser(options, anchor), document.body);
  }

  constructor(
    private readonly _choices: IChooserOptions,
    private readonly _anchor: IAnchor | null
  ) {
    super();
    this._before = document.activeElement;
    this.addClass('jp-DaskSlurm-chooser');
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute(
      'aria-label',
      _choices.trans.__('Dashboards of %1', _choices.cluster.name)
    );
    this.node.dataset.testid = 'plot-chooser';
  }

  protected override render(): React.JSX.Element {
    return <ChooserBody {...this._choices} close={() => this._leave()} />;
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.node.addEventListener('focusout', this._onFocusOut);
    const { style } = this.node;
    const { innerHeight, innerWidth } = window;
    style.width = `${WIDTH}px`;
    if (this._anchor === null) {
      style.left = `${Math.max(0, (innerWidth - WIDTH) / 2)}px`;
      style.top = '15vh';
      style.maxHeight = '60vh';
      return;
    }
    const { left, top, bottom } = this._anchor;
    style.left = `${Math.max(0, Math.min(left, innerWidth - WIDTH - MARGIN))}px`;
    // Below the button, unless there is more room above.
    if (innerHeight - bottom >= top) {
      style.top = `${bottom + 2}px`;
      style.maxHeight = `${innerHeight - bottom - MARGIN}px`;
    } else {
      style.bottom = `${innerHeight - top + 2}px`;
      style.maxHeight = `${top - MARGIN}px`;
    }
  }

  protected override onBeforeDetach(message: Message): void {
    this.node.removeEventListener('focusout', this._onFocusOut);
    super.onBeforeDetach(message);
  }

  /** Close it, and give the focus back. */
  private _leave(): void {
    const before = this._before;
    // Not during the React event of a component that is removed.
    queueMicrotask(() => this.dispose());
    if (before instanceof HTMLElement && before.isConnected) {
      before.focus();
    }
  }

  private readonly _onFocusOut = (event: FocusEvent): void => {
    if (!(event.relatedTarget instanceof Node && this.node.contains(event.relatedTarget))) {
      queueMicrotask(() => this.dispose());
    }
  };

  private readonly _before: Element | null;
}
