/**
 * How much room new objects get before the collector looks at them: for as long as this program runs, no more than it starts with, 1 to 2 MiB
 * (docs/decisions/139). Imported for this effect, by the program alone and before all else: the room has grown by the time `main` runs.
 *
 * A relay's garbage is small objects that hold big read buffers, up to 64 KiB each. V8 would let the room grow to 64 MiB; then buffers that nobody
 * holds any more reach its bound on memory outside the heap first, and it marks the whole heap over and over to be rid of them. The room
 * also stays when the joins that made it grow are long over. `--max-semi-space-size` was no substitute: with it the heap is marked as often as ever.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--semi-space-growth-factor=1');
