/** Messages of the form that belong to no field. */

import * as React from 'react';

import { isSlow } from '../../clusters/words/status';
import { EmbeddedNote } from '../../ui/embeddednote';
import type { IFormProps } from './formfield';

/** What to know beforehand: Slurm does not answer or is not used, or Jupyter runs in a job. */
export function SiteNotes({ model, trans }: IFormProps): React.JSX.Element | null {
  const { site } = model;
  const slow = isSlow(site);
  const choices = site?.choices ?? [];
  const problem = site?.problem ?? null;
  const chosen = model.batchSystem ?? site?.batch_system ?? null;
  return (
    <>
      {problem !== null && (
        <div
          className={`jp-DaskSlurm-note jp-mod-${slow ? 'warn' : 'error'} jp-DaskSlurm-wide`}
          role={slow ? 'status' : 'alert'}
          data-testid="site-problem"
        >
          <div className="jp-DaskSlurm-words">{problem.message}</div>
          {problem.advice && <p className="jp-DaskSlurm-quiet">{problem.advice}</p>}
          {choices.length > 1 && !slow && (
            <div
              className="jp-DaskSlurm-choices"
              role="radiogroup"
              aria-label={trans.__('Batch system')}
            >
              {choices.map(choice => (
                <label key={choice}>
                  <input
                    type="radio"
                    name="jp-DaskSlurm-batch-system"
                    value={choice}
                    checked={choice === chosen}
                    onChange={() => model.setBatchSystem(choice)}
                  />
                  {choice === 'local'
                    ? trans.__('local queue on this machine')
                    : trans.__('Slurm, once it answers')}
                </label>
              ))}
            </div>
          )}
        </div>
      )}
      {chosen !== 'local' &&
        (site?.unseen ?? []).map(({ what, message }) => (
          <div
            key={what}
            className="jp-DaskSlurm-note jp-mod-warn jp-DaskSlurm-wide"
            role="status"
            data-testid={`unseen-${what}`}
          >
            {message}
          </div>
        ))}
      {model.clusterLimit !== null && (
        <div
          className="jp-DaskSlurm-note jp-mod-error jp-DaskSlurm-wide"
          role="status"
          data-testid="cluster-limit"
        >
          {model.clusterLimit === 0
            ? trans.__('No clusters are allowed here.')
            : trans._n(
                'You have 1 cluster, the most that is allowed here. Stop it first.',
                'You have %1 clusters, the most that are allowed here. Stop one first.',
                model.clusterLimit
              )}
        </div>
      )}
      {site?.ends_with && model.place.placement === 'local' && (
        <div className="jp-DaskSlurm-note jp-mod-warn jp-DaskSlurm-wide" data-testid="ends-with">
          {site.ends_with}
        </div>
      )}
      <EmbeddedNote site={site} trans={trans} />
    </>
  );
}

/** Problems and warnings without a field in this form, and failures of whole requests. */
export function Leftovers({ model, trans }: IFormProps): React.JSX.Element {
  return (
    <>
      {model.otherProblems.map(problem => (
        <div
          key={`${problem.field}:${problem.message}`}
          className="jp-DaskSlurm-note jp-mod-error jp-DaskSlurm-wide"
          role="alert"
        >
          <code>{problem.field}</code> {problem.message}
        </div>
      ))}
      {model.otherWarnings.map(warning => (
        <div
          key={`${warning.field}:${warning.message}`}
          className="jp-DaskSlurm-note jp-mod-warn jp-DaskSlurm-wide"
        >
          <code>{warning.field}</code> {warning.message}
        </div>
      ))}
      {model.failure !== null && (
        <div
          className="jp-DaskSlurm-note jp-mod-error jp-DaskSlurm-wide"
          role="alert"
          data-testid="form-failure"
        >
          <div className="jp-DaskSlurm-words">{model.failure}</div>
          <button type="button" className="jp-DaskSlurm-link" onClick={() => model.recheck()}>
            {trans.__('Try Again')}
          </button>
        </div>
      )}
    </>
  );
}
