/**
 * A block of loopback addresses and five ports of one run's own, so that several private networks live beside each other on one machine.
 * A run holds its block by listening in it for as long as it lasts: the kernel refuses it to everyone else, and lets go of it with the
 * process. Files with numbers in them were rejected, since a killed run would leave them behind.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** What a node of the network may listen on, by its distance from the block's first port. */
export const portOf = { or: 0, dir: 1, socks: 2, control: 3, transport: 4 } as const;

export class Block {
  readonly firstPort: number;
  readonly #prefix: string;
  readonly #claims: readonly Server[];

  private constructor(prefix: string, firstPort: number, claims: readonly Server[]) {
    this.#prefix = prefix;
    this.firstPort = firstPort;
    this.#claims = claims;
  }

  static async claim(): Promise<Block> {
    for (let tries = 0; tries < 50; tries++) {
      const prefix = `127.${between(64, 127)}.${between(0, 255)}`;
      // Below the ports that the system hands to clients.
      const firstPort = between(1200, 3200) * 10;
      const claims = await claimAll(`${prefix}.1`, firstPort);
      if (claims !== undefined) return new Block(prefix, firstPort, claims);
    }
    throw new Error('no free block of loopback addresses for a private Tor network');
  }

  /** The address of node `index`. */
  address(index: number): string {
    return `${this.#prefix}.${10 + index}`;
  }

  async release(): Promise<void> {
    await Promise.all(this.#claims.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

const between = (least: number, most: number): number => least + Math.floor(Math.random() * (most - least + 1));

/** All ports or none. */
async function claimAll(host: string, firstPort: number): Promise<Server[] | undefined> {
  const servers: Server[] = [];
  try {
    for (const distance of Object.values(portOf)) {
      const server = createServer((socket) => socket.destroy()).listen(firstPort + distance, host);
      await once(server, 'listening');
      server.unref();
      servers.push(server);
    }
    return servers;
  } catch {
    for (const server of servers) server.close();
    return undefined;
  }
}
