// The tests in a real browser. `scripts/e2e` starts them; every language has an installation of its own.
import { defineConfig } from '@playwright/test';
import { chromium, target } from './support/places.mjs';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.mjs',
  outputDir: `${target}/results`,
  reporter: [['list']],
  forbidOnly: true,
  workers: 2,
  timeout: 240_000,
  // Generous, for a busy machine: what is waited for is waited for by its being there, never by the clock.
  expect: { timeout: 20_000 },
  use: {
    launchOptions: {
      executablePath: chromium,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--no-first-run'],
    },
    actionTimeout: 20_000,
    navigationTimeout: 30_000,
    timezoneId: 'Asia/Tokyo',
    viewport: { width: 1440, height: 900 },
    contextOptions: { reducedMotion: 'reduce' },
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'ja', use: { locale: 'ja-JP' } },
    { name: 'en', use: { locale: 'en-GB' } },
  ],
});
