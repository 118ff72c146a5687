/** The job script, each line with the field it comes from; or the same jobs for dask-jobqueue. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IJobScript } from '../../api/restapi';
import { formatList } from '../../clusters/words/format';
import { useSignal } from '../../ui/hooks';
import { Segmented } from '../../ui/segmented';
import type { IFormProps } from '../fields/formfield';
import { fieldTitle } from '../model/fields';
import { fieldOf } from '../model/values';
import { CopyButton } from './copybutton';
import { isMoot, lineNote, splitPlaceholders } from './words';

type Format = 'script' | 'python' | 'yaml';

export function ScriptView({ model, trans }: IFormProps): React.JSX.Element {
  useSignal(model.changed);
  const id = React.useId();
  const [format, setFormat] = React.useState<Format>('script');
  const exports = model.shown?.exports ?? null;
  // A cluster without a valid name has a script.
  const flawed = model.script?.lines.length === 0 ? model.flawed : [];
  const unusable = flawed.filter(field => field !== 'name');
  const shown = exports === null ? 'script' : format;
  const text = shown === 'script' ? (model.shown?.script ?? '') : (exports?.[shown] ?? '');
  return (
    <section className="jp-DaskSlurm-script" aria-label={trans.__('Job script')}>
      <header>
        <h3>{title(shown, trans)}</h3>
        {exports !== null && (
          <Segmented
            name={`${id}-format`}
            label={trans.__('Show as')}
            choices={[
              ['script', trans.__('Script')],
              ['python', trans.__('Python'), trans.__('The same with dask-jobqueue alone')],
              ['yaml', trans.__('YAML'), trans.__("The same as dask's configuration")]
            ]}
            chosen={shown}
            onChoose={setFormat}
          />
        )}
        <CopyButton text={text} label={copyLabel(shown, trans)} trans={trans} />
      </header>
      {unusable.length > 0 && (
        <p className="jp-DaskSlurm-scriptMissing" role="status" data-testid="script-missing">
          {trans.__(
            'Fix %1 to see the script',
            formatList(unusable.map(field => fieldTitle(field, trans)))
          )}
        </p>
      )}
      {shown === 'script' ? (
        <ScriptLines model={model} trans={trans} />
      ) : (
        <pre
          className="jp-DaskSlurm-lines jp-DaskSlurm-export"
          data-testid={`export-${shown}`}
          data-stale={model.isStale || undefined}
          aria-label={title(shown, trans)}
          tabIndex={0}
        >
          {text}
        </pre>
      )}
    </section>
  );
}

function title(format: Format, trans: TranslationBundle): string {
  switch (format) {
    case 'python':
      return trans.__('Python code');
    case 'yaml':
      return trans.__('YAML configuration');
    case 'script':
      return trans.__('Job script');
  }
}

function copyLabel(format: Format, trans: TranslationBundle): string {
  switch (format) {
    case 'python':
      return trans.__('Copy the Python code');
    case 'yaml':
      return trans.__('Copy the YAML');
    case 'script':
      return trans.__('Copy the script');
  }
}

function ScriptLines({ model, trans }: IFormProps): React.JSX.Element {
  const { shown: script, highlight } = model;
  const lines = script?.lines ?? [];
  const node = React.useRef<HTMLDivElement>(null);
  const [current, setCurrent] = React.useState(-1);
  const id = React.useId();

  const goTo = (index: number): void => {
    setCurrent(index);
    highlight.point(lines[index]?.from ?? null);
    node.current?.children[index]?.scrollIntoView({ block: 'nearest' });
  };
  /** Go to the field that a line comes from. */
  const follow = (index: number): void => {
    const field = fieldOf(lines[index]?.from ?? '');
    if (field !== null) {
      highlight.point(null);
      highlight.want(field);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      goTo(Math.max(0, Math.min(lines.length - 1, current + steps[event.key])));
    } else if (event.key === 'Enter') {
      follow(current);
    }
  };

  if (script === null || lines.length === 0) {
    return (
      <div className="jp-DaskSlurm-lines" data-testid="job-script" data-stale>
        <p className="jp-DaskSlurm-quiet">
          {model.isChecking
            ? trans.__('The script is being made…')
            : model.flawed.length === 0 && trans.__('There is no script yet.')}
        </p>
      </div>
    );
  }
  return (
    <>
      <div
        ref={node}
        className="jp-DaskSlurm-lines"
        data-testid="job-script"
        data-stale={model.isStale || undefined}
        role="listbox"
        aria-label={trans.__('Lines of the script; Enter leads to the field of a line')}
        aria-activedescendant={current >= 0 ? `${id}-${current}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setCurrent(-1);
          highlight.point(null);
        }}
      >
        {lines.map((_, index) => (
          <ScriptLine
            key={index}
            id={`${id}-${index}`}
            script={script}
            index={index}
            model={model}
            trans={trans}
            isCurrent={index === current}
            onFollow={() => follow(index)}
          />
        ))}
      </div>
      <p className="jp-DaskSlurm-legend">
        <span className="jp-DaskSlurm-placeholder">[…]</span>{' '}
        {trans.__('is known once the cluster is there: its id, directory and scheduler.')}
      </p>
    </>
  );
}

interface IScriptLineProps extends IFormProps {
  id: string;
  script: IJobScript;
  index: number;
  isCurrent: boolean;
  onFollow: () => void;
}

function ScriptLine(props: IScriptLineProps): React.JSX.Element {
  const { id, script, index, model, trans, isCurrent, onFollow } = props;
  const line = script.lines[index];
  const note = lineNote(line, script, model.place.isLocal, trans);
  const isLit = line.from !== null && line.from === model.highlight.lit;
  const leads = fieldOf(line.from ?? '') !== null;
  return (
    <div
      id={id}
      className="jp-DaskSlurm-line"
      role="option"
      aria-label={line.text.trim() === '' ? trans.__('empty line') : undefined}
      aria-selected={isCurrent}
      data-from={line.from ?? undefined}
      data-lit={isLit || undefined}
      data-current={isCurrent || undefined}
      data-moot={isMoot(line, script) || undefined}
      data-leads={leads || undefined}
      onMouseMove={() => model.highlight.point(line.from)}
      onMouseLeave={() => model.highlight.point(null)}
      onClick={() => {
        // Selecting text is no click.
        if (document.getSelection()?.isCollapsed ?? true) {
          onFollow();
        }
      }}
    >
      <code>
        {line.text === ''
          ? '\u00a0'
          : splitPlaceholders(line.text).map((part, n) =>
              part.isPlaceholder ? (
                <span key={n} className="jp-DaskSlurm-placeholder">
                  {part.text}
                </span>
              ) : (
                part.text
              )
            )}
      </code>
      {note !== null && <span className="jp-DaskSlurm-from">{note}</span>}
    </div>
  );
}
