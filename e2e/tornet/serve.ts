/**
 * A private Tor network as a program of its own, so that it can live in a network namespace: prints where everything is, and ends with it
 * at SIGTERM.
 */
import { TorNetwork } from './network.ts';

// Without exits there is no way out of it: what a browser asks for on its own account ends there too.
const network = await TorNetwork.start({ relays: 4, exits: 0, clients: 1 });
process.stdout.write(`${JSON.stringify(network.view)}\n`);
process.once('SIGTERM', () => void network.stop().then(() => process.exit(0)));
