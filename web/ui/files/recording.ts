/** One recording of the microphone: Opus as the browser packs it, and how loud it was, in at most 64 equal parts. */
import { limits } from '../../../shared/limits.ts';

const everyMs = 100;
const bitsPerSecond = 24_000;
const types = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];
/** An hour: some 11 MB. */
const longestMs = 3_600_000;

export interface Note {
  readonly note: Blob;
  readonly durationMs: number;
  readonly levels: Uint8Array;
}

export class Recording {
  readonly #stream: MediaStream;
  readonly #recorder: MediaRecorder;
  readonly #context: AudioContext;
  readonly #parts: Blob[] = [];
  readonly #loudness: number[] = [];
  readonly #startedAt = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;
  /** Also where the microphone goes away by itself. */
  readonly #stopped: Promise<unknown>;
  #endedAt: number | undefined;

  /** Rejects where the person or the browser refuses the microphone, or to record. */
  static async start(heard: (elapsedMs: number, loudness: number) => void): Promise<Recording> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    try {
      return new Recording(stream, heard);
    } catch (error) {
      letGo(stream);
      throw error;
    }
  }

  private constructor(stream: MediaStream, heard: (elapsedMs: number, loudness: number) => void) {
    this.#stream = stream;
    const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(stream, { audioBitsPerSecond: bitsPerSecond, ...(mimeType === undefined ? {} : { mimeType }) });
    this.#recorder.ondataavailable = ({ data }) => this.#parts.push(data);
    this.#stopped = new Promise((resolve) => {
      this.#recorder.onstop = resolve;
    }).then(() => this.#end());
    this.#recorder.start(1000);
    this.#context = new AudioContext();
    const analyser = this.#context.createAnalyser();
    this.#context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getByteTimeDomainData(samples);
      const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample - 128)), 0);
      this.#loudness.push(Math.min(255, loudest * 2));
      heard(this.#elapsed(), Math.min(255, loudest * 2));
      if (this.#elapsed() >= longestMs && this.#recorder.state === 'recording') {
        this.#recorder.pause();
        this.#end();
      }
    }, everyMs);
  }

  #elapsed(): number {
    return (this.#endedAt ?? performance.now()) - this.#startedAt;
  }

  #end(): void {
    this.#endedAt ??= performance.now();
    clearInterval(this.#timer);
  }

  async finish(): Promise<Note> {
    this.#end();
    const durationMs = Math.round(this.#elapsed());
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    await this.#stopped;
    this.#release();
    const type = this.#recorder.mimeType.split(';')[0] as string;
    return { note: new Blob(this.#parts, { type }), durationMs, levels: gathered(this.#loudness) };
  }

  discard(): void {
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    this.#release();
  }

  #release(): void {
    clearInterval(this.#timer);
    letGo(this.#stream);
    if (this.#context.state !== 'closed') void this.#context.close();
  }
}

function letGo(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** The loudest of each of as many equal parts as an offer holds. */
export function gathered(loudness: readonly number[]): Uint8Array {
  const bars = Math.min(limits.voiceLevels, loudness.length);
  return Uint8Array.from({ length: bars }, (_, i) => {
    const from = Math.floor((i * loudness.length) / bars);
    const to = Math.max(from + 1, Math.floor(((i + 1) * loudness.length) / bars));
    return Math.max(...loudness.slice(from, to));
  });
}
