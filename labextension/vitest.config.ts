import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    setupFiles: ['tests/setup.ts'],
    // For a test that hangs; how long one takes depends on what else the machine does.
    testTimeout: 60_000
  }
});
