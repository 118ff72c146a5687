import path from 'node:path';
import { defineConfig } from '@playwright/test';

import type { BatchSystem } from './harness/jupyter';

/** Where pictures, traces and reports go: `tests/run` names a directory of its own. */
const results = process.env.JDS_TEST_RESULTS ?? path.join(import.meta.dirname, '../test-results');

export default defineConfig<object, { batchSystem: BatchSystem }>({
  testDir: 'tests',
  outputDir: path.join(results, 'browser'),
  // One JupyterLab at a time: on two cores a second one only makes both slow.
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 240_000,
  // The one bound of waiting for what is to come: it is long, because busy machines are slow.
  expect: { timeout: 60_000 },
  reporter: [['list'], ['junit']],
  projects: [
    { name: 'slurm', use: { batchSystem: 'slurm' }, testIgnore: 'many.spec.ts' },
    { name: 'local', use: { batchSystem: 'local' }, testMatch: ['journey.spec.ts', 'many.spec.ts'] }
  ],
  use: {
    viewport: { width: 1440, height: 900 },
    // Recording a video would need a download of Playwright's own.
    video: 'off',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    }
  }
});
