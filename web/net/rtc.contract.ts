/**
 * Runs the link contract over real data channels, in a page: `await runRtcContract()` gives one line a check, empty where
 * it passed. The browser stories load this file by Vite's development server.
 */
import { linkContract } from './link.contract.ts';
import { openRtcLink } from './rtc.ts';

export async function runRtcContract(): Promise<{ name: string; failure: string }[]> {
  const results: { name: string; failure: string }[] = [];
  for (const { name, run } of linkContract) {
    try {
      await run(openRtcLink);
      results.push({ name, failure: '' });
    } catch (error) {
      results.push({ name, failure: String(error) });
    }
  }
  return results;
}
