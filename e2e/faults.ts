/**
 * A person's own connection to the world, and what can befall it. The cuts are real: the interface goes down, the
 * kernel drops the packets, the processes are stopped. Nothing is emulated inside the browser, whose offline switch
 * leaves an open WebSocket and a data channel alive.
 */
import { type Browser, chromium } from '@playwright/test';
import { chromiumOptions } from './launch.ts';
import { cable, Namespace } from './namespace.ts';

let lines = 0;

export class Line {
  readonly namespace: Namespace;
  readonly #gateway: string;

  private constructor(namespace: Namespace, gateway: string) {
    this.namespace = namespace;
    this.#gateway = gateway;
  }

  static async open(): Promise<Line> {
    const worker = Number(process.env['TEST_WORKER_INDEX'] ?? 0);
    const number = lines++;
    const network = `10.${100 + (worker % 100)}.${number % 250}`;
    const line = new Line(await Namespace.open(), `${network}.1`);
    cable(
      { namespace: null, device: `line${worker}x${number}`, address: `${network}.1` },
      { namespace: line.namespace, device: 'eth0', address: `${network}.2` },
    );
    line.namespace.run('ip', 'route', 'add', 'default', 'via', line.#gateway);
    return line;
  }

  /**
   * A Chromium whose only way out is this line. Its host candidates are addresses: mDNS names do not cross a router.
   * Plain http from another machine is no secure context, so no `crypto.subtle` and no service worker: the product must do without.
   */
  async browser(): Promise<Browser> {
    return await chromium.launch(chromiumOptions({ namespace: this.namespace, without: ['WebRtcHideLocalIpsWithMdns'] }));
  }

  /** Takes the interface down: nothing arrives, nothing leaves, and the system says so. */
  cut(): void {
    this.namespace.run('ip', 'link', 'set', 'eth0', 'down');
  }

  mend(): void {
    this.namespace.run('ip', 'link', 'set', 'eth0', 'up');
    // Taking an interface down loses its routes.
    this.namespace.run('ip', 'route', 'replace', 'default', 'via', this.#gateway);
  }

  /** Packets of one kind vanish without a word, as in a tunnel or behind a firewall. */
  swallow(kind: 'udp' | 'tcp'): void {
    this.namespace.filter(`table inet fault {
      chain incoming { type filter hook input priority 0; meta l4proto ${kind} drop; }
      chain outgoing { type filter hook output priority 0; meta l4proto ${kind} drop; }
    }`);
  }

  /** Counts what leaves over UDP from now on, without the questions that the browser itself asks a name server. */
  countUdp(): void {
    this.namespace.filter(`table inet watch {
      counter datagrams { }
      chain outgoing { type filter hook output priority 0; oifname "eth0" udp dport != 53 counter name datagrams; }
    }`);
  }

  /** UDP packets that left since `countUdp`. */
  udpPackets(): number {
    const listing = this.namespace.run('nft', 'list', 'counter', 'inet', 'watch', 'datagrams');
    return Number(/packets (\d+)/.exec(listing)![1]);
  }

  heal(): void {
    this.namespace.filter('');
  }

  /** Stops every process behind the line, as a phone does that is put away; the kernel keeps answering for it. */
  sleep(): void {
    this.namespace.signal('SIGSTOP');
  }

  wake(): void {
    this.namespace.signal('SIGCONT');
  }

  async close(): Promise<void> {
    this.wake();
    await this.namespace.close();
  }
}
