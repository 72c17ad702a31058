/** The state of a tor and those who watch it: what process.ts and system.ts have in common. */
import { progressIn, troubleIn } from './bootstrap.ts';
import type { Control } from './control.ts';
import { TorError } from './errors.ts';
import { sentence } from './reply.ts';
import type { TorListener, TorState } from './tor.ts';

export class Watchers {
  readonly #listeners = new Set<TorListener>();
  #state: TorState = { name: 'stopped' };
  #control: Control | null = null;
  /** The last complaint, so that tor's repeating it is told once. */
  #complaint = '';

  get state(): TorState {
    return this.#state;
  }

  get control(): Control | null {
    return this.#control;
  }

  add(listener: TorListener): () => void {
    this.#listeners.add(listener);
    if (this.#control !== null) listener.onControl?.(this.#control);
    return () => this.#listeners.delete(listener);
  }

  turn(state: TorState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    if (state.name === 'failing') this.complain(state.trouble);
    if (state.name === 'ready') this.#complaint = '';
    for (const listener of [...this.#listeners]) listener.onState?.(state);
  }

  complain(trouble: TorError): void {
    const complaint = trouble.message;
    if (complaint === this.#complaint) return;
    this.#complaint = complaint;
    for (const listener of [...this.#listeners]) listener.onTrouble?.(trouble);
  }

  /** Follows the bootstrap over a new connection, then tells of it. Throws `TorError` where the connection breaks meanwhile. */
  async connected(control: Control): Promise<void> {
    await control.listen(['STATUS_CLIENT', 'STATUS_GENERAL'], (event) => {
      const progress = progressIn(event);
      if (progress !== undefined && this.#control === control) this.#progress(progress);
      const trouble = troubleIn(event);
      if (trouble !== undefined) this.complain(trouble);
    });
    const progress = progressIn(sentence(await control.info('status/bootstrap-phase')));
    if (progress === undefined) throw new TorError('control-garbled', 'no bootstrap phase');
    this.#control = control;
    this.#progress(progress);
    for (const listener of [...this.#listeners]) listener.onControl?.(control);
  }

  disconnected(control: Control): void {
    if (this.#control === control) this.#control = null;
  }

  #progress({ percent, waitsFor }: { percent: number; waitsFor: string }): void {
    this.turn(percent === 100 ? { name: 'ready' } : { name: 'bootstrapping', percent, waitsFor });
  }
}
