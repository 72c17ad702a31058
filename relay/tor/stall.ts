/**
 * Notices when tor does not get on with connecting. It is never restarted for that: what it has got so far would be lost, and it would stall at the
 * same place. It is told, and the relay may give tor bridges.
 */
import type { Tor, TorState } from './tor.ts';

/** Calls `onStall` when there has been no progress for so long; again after each progress that is followed by none. The function ends that. */
export function watchForStall(tor: Tor, seconds: number, onStall: (at: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let furthest = -1;
  const arm = (at: string): void => {
    clearTimeout(timer);
    timer = setTimeout(() => onStall(at), seconds * 1000);
  };
  const onState = (state: TorState): void => {
    if (state.name === 'bootstrapping') {
      if (state.percent <= furthest) return;
      furthest = state.percent;
      arm(`${state.percent} %: ${state.waitsFor}`);
      return;
    }
    furthest = -1;
    if (state.name === 'starting') arm('its start');
    else clearTimeout(timer);
  };
  onState(tor.state);
  const stop = tor.watch({ onState });
  return () => {
    stop();
    clearTimeout(timer);
  };
}
