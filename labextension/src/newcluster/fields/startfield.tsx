/** "Start from": the last used values, the site's defaults or a profile; saves and deletes profiles. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IProfile, ProfileSource } from '../../api/restapi';
import { useSignal } from '../../ui/hooks';
import type { Start } from '../model/start';
import { isProfileName, startOf } from '../model/start';
import type { IFormProps } from './formfield';

const SOURCES = ['administrator', 'configuration', 'user'] as const;

export function StartField({ model, trans }: IFormProps): React.JSX.Element {
  useSignal(model.changed);
  const id = React.useId();
  const node = React.useRef<HTMLDivElement>(null);
  const [row, setRow] = React.useState<'save' | 'delete' | null>(null);
  const { start } = model;
  /** Close the row, and keep the focus. */
  const back = (): void => {
    setRow(null);
    node.current?.querySelector('select')?.focus();
  };
  const only = model.site?.limits?.profiles_only ?? false;
  const profiles = start.profiles;
  const own = start.profile?.source === 'user' ? start.profile : null;
  const notes = [
    start.profile?.description ?? null,
    start.profile !== null && model.isChanged ? trans.__('modified') : null
  ].filter(note => note !== null);
  return (
    <div ref={node} className="jp-DaskSlurm-formField jp-DaskSlurm-wide" data-field="start">
      <label htmlFor={id} className="jp-DaskSlurm-formLabel">
        {trans.__('Start from')}
      </label>
      <span className="jp-DaskSlurm-withButton">
        <HTMLSelect
          id={id}
          className="jp-DaskSlurm-select"
          value={start.chosen}
          aria-describedby={`${id}-note`}
          onChange={event => {
            setRow(null);
            model.startFrom(event.target.value as Start);
          }}
        >
          {!only && start.isRemembered && <option value="last">{trans.__('last used')}</option>}
          {(!only || start.profile === null) && (
            <option value={only ? start.chosen : 'site'}>
              {only ? trans.__('no profile') : trans.__('site defaults')}
            </option>
          )}
          {SOURCES.filter(source => !only || source !== 'user').map(source => (
            <Group
              key={source}
              word={sourceWord(source, trans)}
              profiles={(profiles ?? []).filter(profile => profile.source === source)}
            />
          ))}
        </HTMLSelect>
        {profiles !== null && row === null && !only && (
          <button type="button" className="jp-DaskSlurm-button" onClick={() => setRow('save')}>
            {trans.__('Save as Profile…')}
          </button>
        )}
        {own !== null && row === null && (
          <button
            type="button"
            className="jp-DaskSlurm-button"
            aria-label={trans.__('Delete the profile %1', own.name)}
            disabled={start.isBusy}
            onClick={() => setRow('delete')}
          >
            {trans.__('Delete…')}
          </button>
        )}
      </span>
      <div id={`${id}-note`} className="jp-DaskSlurm-fieldHint" role="status">
        {notes.join(' · ')}
      </div>
      {row === 'save' && <SaveRow model={model} trans={trans} onDone={back} />}
      {row === 'delete' && own !== null && (
        <DeleteRow model={model} trans={trans} name={own.name} onDone={back} />
      )}
      {row !== 'save' && start.failure !== null && (
        <div className="jp-DaskSlurm-fieldProblem" role="alert">
          {start.failure}
        </div>
      )}
    </div>
  );
}

function Group({
  word,
  profiles
}: {
  word: string;
  profiles: readonly IProfile[];
}): React.JSX.Element | null {
  return profiles.length === 0 ? null : (
    <optgroup label={word}>
      {profiles.map(profile => (
        <option key={profile.name} value={startOf(profile)}>
          {profile.name}
        </option>
      ))}
    </optgroup>
  );
}

function sourceWord(source: ProfileSource, trans: TranslationBundle): string {
  switch (source) {
    case 'administrator':
      return trans.__("the administrator's profiles");
    case 'configuration':
      return trans.__("profiles of dask's configuration");
    case 'user':
      return trans.__('your profiles');
  }
}

/** Ask before a profile is deleted. Escape is Cancel, without closing the dialog. */
function DeleteRow({
  model,
  trans,
  name,
  onDone
}: IFormProps & { name: string; onDone: () => void }): React.JSX.Element {
  const id = React.useId();
  return (
    <div
      className="jp-DaskSlurm-withButton jp-DaskSlurm-askRow"
      role="alertdialog"
      aria-labelledby={id}
      data-keeps-keys=""
      onKeyDown={event => {
        if (event.key === 'Escape') {
          onDone();
        }
      }}
    >
      <span id={id}>{trans.__('Delete the profile “%1”? This cannot be undone.', name)}</span>
      <button autoFocus type="button" className="jp-DaskSlurm-button" onClick={onDone}>
        {trans.__('Cancel')}
      </button>
      <button
        type="button"
        className="jp-DaskSlurm-button jp-DaskSlurm-danger"
        disabled={model.start.isBusy}
        onClick={() => void model.start.remove().then(onDone)}
      >
        {trans.__('Delete')}
      </button>
    </div>
  );
}

/** The name of a new profile. Enter saves and Escape cancels, without closing the dialog. */
function SaveRow({ model, trans, onDone }: IFormProps & { onDone: () => void }): React.JSX.Element {
  const id = React.useId();
  const { start } = model;
  const own = start.profile?.source === 'user' ? start.profile.name : '';
  const [name, setName] = React.useState(own);
  const text = name.trim();
  const known = start.profiles?.find(profile => profile.name === text);
  const isValid = isProfileName(text);
  const save = async (): Promise<void> => {
    if (isValid && (await model.saveProfile(text))) {
      onDone();
    }
  };
  return (
    <>
      <span
        className="jp-DaskSlurm-withButton"
        data-keeps-keys=""
        onKeyDown={event => {
          if (event.key === 'Escape') {
            onDone();
          } else if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
            void save();
          }
        }}
      >
        <input
          autoFocus
          type="text"
          className="jp-DaskSlurm-field"
          aria-label={trans.__('Name of the profile')}
          aria-describedby={`${id}-note`}
          placeholder={trans.__('Name of the profile')}
          autoComplete="off"
          value={name}
          onChange={event => setName(event.target.value)}
        />
        <button
          type="button"
          className="jp-DaskSlurm-button jp-DaskSlurm-primary"
          disabled={!isValid || start.isBusy}
          onClick={() => void save()}
        >
          {known?.source === 'user' ? trans.__('Replace') : trans.__('Save')}
        </button>
        <button type="button" className="jp-DaskSlurm-button" onClick={onDone}>
          {trans.__('Cancel')}
        </button>
      </span>
      <div
        id={`${id}-note`}
        className={start.failure === null ? 'jp-DaskSlurm-fieldHint' : 'jp-DaskSlurm-fieldProblem'}
        role="status"
      >
        {start.failure ?? saveNote(text, known, isValid, trans)}
      </div>
    </>
  );
}

function saveNote(
  name: string,
  known: IProfile | undefined,
  isValid: boolean,
  trans: TranslationBundle
): string {
  if (name !== '' && !isValid) {
    return trans.__('1 to 63 characters, without “/”.');
  }
  if (known?.source === 'user') {
    return trans.__('Replaces your profile of that name.');
  }
  return known === undefined
    ? trans.__('Saves everything except the cluster name.')
    : trans.__('Takes the place of the one of that name, for you.');
}
