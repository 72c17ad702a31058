/** Vitest's way to the private network: one for a run, started when a file `*.tor.test.ts` is in it. Such a file asks `inject('torNetwork')`. */
import type { TestProject } from 'vitest/node';
import { type NetworkView, TorNetwork } from './network.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    torNetwork: NetworkView;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const network = await TorNetwork.start({ clients: 2, bridges: 1 });
  project.provide('torNetwork', network.view);
  return () => network.stop();
}
