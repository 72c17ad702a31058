/**
 * The proof that isolation holds, from what tor itself reports: each circuit that carries a stream of ours may carry streams of that key
 * and of no other. A second key is counted and told at once. Nothing is believed about tor's configuration, so this also sees a SocksPort
 * that was given NoIsolateSOCKSAuth by somebody, or a tor in which isolation is broken. Circuits' building is counted here too, since the
 * same events tell of it.
 */
import type { Control, ControlEvent } from './control.ts';

export interface Watched {
  circuitBuilt(seconds: number): void;
  circuitFailed(): void;
  stream(): void;
  /** A circuit carries streams of two keys. */
  shared(): void;
}

/** Circuits that were asked for and have not come to anything yet, at most; tor itself keeps fewer. */
const mostBuilding = 4096;
const secondMs = 1000;
/** No user and no password: of a circuit, that it is not for anyone yet; of a stream, that some other program sent it without. */
const keyless = ':';

export class Watch {
  readonly #told: Watched;
  readonly #now: () => number;
  /** Circuit id -> the key of the streams on it. */
  readonly #keys = new Map<string, string>();
  readonly #building = new Map<string, number>();

  constructor(told: Watched, now: () => number) {
    this.#told = told;
    this.#now = now;
  }

  /** Watches a tor until its control connection ends. Throws `TorError`. */
  async attach(control: Control): Promise<void> {
    await control.listen(['CIRC', 'STREAM'], (event) => this.take(event));
  }

  take({ name, words, fields }: Pick<ControlEvent, 'name' | 'words' | 'fields'>): void {
    const [, id = '', status = '', circuit = ''] = words;
    const key = `${fields.get('SOCKS_USERNAME') ?? ''}:${fields.get('SOCKS_PASSWORD') ?? ''}`;
    if (name === 'CIRC') this.#circuit(id, status, key);
    // Tor's own streams, to its directories, have no client.
    else if (name === 'STREAM' && fields.get('CLIENT_PROTOCOL') !== 'UNKNOWN') this.#stream(status, circuit, key);
  }

  #circuit(id: string, status: string, key: string): void {
    if (status === 'LAUNCHED') {
      if (this.#building.size < mostBuilding) this.#building.set(id, this.#now());
    } else if (status === 'BUILT') {
      const since = this.#building.get(id);
      // A circuit that is put to another use is built a second time; the first was the one that took time.
      if (since !== undefined) this.#told.circuitBuilt((this.#now() - since) / secondMs);
      this.#building.delete(id);
    } else if (status === 'FAILED' || status === 'CLOSED') {
      if (this.#building.delete(id) && status === 'FAILED') this.#told.circuitFailed();
      this.#keys.delete(id);
      return;
    }
    if (key !== keyless) this.#carries(id, key);
  }

  #stream(status: string, circuit: string, key: string): void {
    if (status === 'NEW') this.#told.stream();
    if (circuit !== '' && circuit !== '0' && status !== 'CLOSED' && status !== 'DETACHED') this.#carries(circuit, key);
  }

  #carries(circuit: string, key: string): void {
    const before = this.#keys.get(circuit);
    if (before === undefined) this.#keys.set(circuit, key);
    else if (before !== key) {
      this.#keys.set(circuit, key);
      this.#told.shared();
    }
  }
}
