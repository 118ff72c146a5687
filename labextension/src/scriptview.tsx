/** The job script, line by line, each with the field it comes from. */

import { copyIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useSignal } from './context';
import type { NewClusterModel } from './newclustermodel';

export interface IScriptViewProps {
  model: NewClusterModel;
  trans: TranslationBundle;
}

export function ScriptView({ model, trans }: IScriptViewProps): React.JSX.Element {
  useSignal(model.changed);
  const lines = model.script?.lines ?? [];
  return (
    <section className="jp-DaskSlurm-script" aria-label={trans.__('Job script')}>
      <header>
        <h3>
          {model.site?.batch_system === 'local' || model.batchSystem === 'local'
            ? trans.__('What the queue will get')
            : trans.__('What Slurm will get')}
        </h3>
        <button
          type="button"
          className="jp-DaskSlurm-iconButton"
          title={trans.__('Copy the script')}
          aria-label={trans.__('Copy the script')}
          disabled={lines.length === 0}
          onClick={() => void navigator.clipboard?.writeText(model.script?.script ?? '')}
        >
          <copyIcon.react tag="span" aria-hidden />
        </button>
      </header>
      <div
        className="jp-DaskSlurm-lines"
        data-testid="job-script"
        data-stale={model.isStale || undefined}
        tabIndex={0}
      >
        {lines.map((line, index) => (
          <div
            key={index}
            className="jp-DaskSlurm-line"
            data-from={line.from ?? undefined}
            data-lit={(line.from !== null && line.from === model.lit) || undefined}
            onMouseEnter={() => model.point(line.from)}
            onMouseLeave={() => model.point(null)}
          >
            <code>{line.text || '\u00a0'}</code>
            {line.from !== null && (
              <span className="jp-DaskSlurm-from" aria-hidden>
                {originWord(line.from, trans)}
              </span>
            )}
          </div>
        ))}
        {lines.length === 0 && (
          <p className="jp-DaskSlurm-quiet">
            {model.isChecking
              ? trans.__('The script is being made …')
              : trans.__('There is a script once the fields allow one.')}
          </p>
        )}
      </div>
    </section>
  );
}

function originWord(from: string, trans: TranslationBundle): string {
  switch (from) {
    case 'config':
      return trans.__('configuration');
    case 'cluster':
      return trans.__('the cluster itself');
    case 'scaling':
      return trans.__('jobs to start with');
    case 'processes':
      return trans.__('workers per job');
    case 'python':
      return trans.__('Python');
    case 'name':
      return trans.__('name');
    case 'cores':
      return trans.__('cores');
    case 'memory':
      return trans.__('memory');
    case 'walltime':
      return trans.__('walltime');
    case 'partition':
      return trans.__('partition');
    default:
      return from.replace(/_/g, ' ');
  }
}
