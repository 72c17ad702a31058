/**
 * Parts of the page that come after the first screen. The relay that serves them can be gone, or the network, just when one is wanted; then
 * it is asked for again until it is there, so that nothing a person opened stays shut until the page is loaded anew. Browsers do not keep
 * the failure of an `import()`, as they keep its success.
 */

const firstPauseMs = 1000;
const longestPauseMs = 8000;

/** What `load` (an `import()`) resolves with, as soon as it can be fetched. Never rejects. */
export async function fetchPart<Part>(load: () => Promise<Part>): Promise<Part> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
