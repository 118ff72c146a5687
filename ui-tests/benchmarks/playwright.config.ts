import path from 'node:path';
import { defineConfig } from '@playwright/test';

import type { BatchSystem } from '../harness/jupyter';
import journeys from '../playwright.config';

/** What measures: run by a person, on a machine that does nothing else (`benchmarks/README.md`). */
export default defineConfig<object, { batchSystem: BatchSystem }>({
  ...journeys,
  testDir: import.meta.dirname,
  outputDir: path.join(journeys.outputDir!, '../benchmarks'),
  testMatch: '*.bench.ts',
  timeout: 900_000,
  reporter: 'line',
  projects: [{ name: 'local', use: { batchSystem: 'local' } }],
  // A trace copies every row again and again.
  use: { ...journeys.use, trace: 'off' }
});
