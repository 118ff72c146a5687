/** The checks of a site as they end, and what to do. */

import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ICheck } from '../../api/restapi';
import { formatList } from '../../clusters/words/format';
import { useSignal } from '../../ui/hooks';
import type { SiteCheckModel } from './model';

interface ISiteCheckProps {
  model: SiteCheckModel;
  trans: TranslationBundle;
}

export function SiteCheck({ model, trans }: ISiteCheckProps): React.JSX.Element {
  useSignal(model.changed);
  const { checks, isRunning, error } = model;
  return (
    <div className="jp-DaskSlurm-siteCheck" data-testid="site-check">
      <p role="status">{statusOf(model, trans)}</p>
      {error !== null && (
        <pre className="jp-mod-error" role="alert">
          {error}
        </pre>
      )}
      <ul>
        {checks.map(check => (
          <Check key={check.name} check={check} trans={trans} />
        ))}
      </ul>
      <div className="jp-DaskSlurm-siteCheckButtons">
        <button
          className="jp-DaskSlurm-button"
          disabled={checks.length === 0}
          onClick={() => Clipboard.copyToSystem(model.text)}
        >
          {trans.__('Copy as Text')}
        </button>
        <button
          className="jp-DaskSlurm-button"
          disabled={isRunning}
          onClick={() => void model.start()}
        >
          {trans.__('Check Again')}
        </button>
      </div>
    </div>
  );
}

function Check({ check, trans }: { check: ICheck; trans: TranslationBundle }): React.JSX.Element {
  const { title, outcome, message, words, advice } = check;
  return (
    <li data-outcome={outcome} data-testid={`check-${check.name}`}>
      <span className="jp-DaskSlurm-outcome">{outcomeText(outcome, trans)}</span>
      <div>
        <div>
          <strong>{title}</strong>: {message}
        </div>
        {words !== null && <pre>{words}</pre>}
        {advice !== null && <div className="jp-DaskSlurm-advice">{advice}</div>}
      </div>
    </li>
  );
}

function outcomeText(outcome: ICheck['outcome'], trans: TranslationBundle): string {
  switch (outcome) {
    case 'ok':
      return trans.__('OK');
    case 'warning':
      return trans.__('Warning');
    case 'failed':
      return trans.__('Failed');
    case 'skipped':
      return trans.__('Skipped');
  }
}

/** How far it is, and at its end what came of it. */
function statusOf(model: SiteCheckModel, trans: TranslationBundle): string {
  if (model.isRunning) {
    return model.lookingAt === null
      ? trans.__('Looking…')
      : trans.__('Looking at %1…', model.lookingAt);
  }
  if (model.error !== null) {
    return trans.__('Not all could be looked at.');
  }
  const count = (outcome: ICheck['outcome']): number =>
    model.checks.filter(check => check.outcome === outcome).length;
  const failed = count('failed');
  const warnings = count('warning');
  const found = [
    ...(failed > 0 ? [trans._n('%1 check failed', '%1 checks failed', failed)] : []),
    ...(warnings > 0 ? [trans._n('%1 warning', '%1 warnings', warnings)] : [])
  ];
  return found.length > 0 ? trans.__('%1.', formatList(found)) : trans.__('All is well.');
}
