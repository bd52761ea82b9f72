/** Reads that are asked for at the same time go to the service together, in `$batch` (CONTRACT section 9). */
import { GraphAnswerError, pathOf, readError } from "./errors";

/** What a batch may hold. */
const batchMax = 20;

/** Statuses by which a service says that it has no `$batch`. */
const noBatch = new Set([400, 404, 405, 501]);

export interface Ways {
  /** Address up to and with the version; only what is below it can go into a batch. */
  base: string;
  /** One read by itself, with its retries. */
  alone(url: string): Promise<unknown>;
  /** One batch, with its retries; `shown` is what messages call it. */
  together(body: { requests: object[] }, shown: string): Promise<unknown>;
  /** How often one of a batch is asked again, and how long is waited before that. */
  retries: number;
  pause(attempt: number, retryAfter: string | undefined): Promise<void>;
}

interface Waiting {
  url: string;
  attempt: number;
  done(answer: unknown): void;
  failed(error: unknown): void;
}

/** Gives the read: equal ones under way are one, and those of one turn of the event loop are one request. */
export function gatherReads(ways: Ways): (url: string) => Promise<unknown> {
  const underWay = new Map<string, Promise<unknown>>();
  let waiting: Waiting[] = [];
  let hasBatch = true;

  const alone = ({ url, done, failed }: Waiting) => void ways.alone(url).then(done, failed);

  async function together(reads: Waiting[]): Promise<void> {
    const requests = reads.map(({ url }, index) => ({
      id: String(index),
      method: "GET",
      url: `/${url.slice(ways.base.length)}`,
    }));
    let answers: Map<string, Answer>;
    try {
      answers = answersIn(await ways.together({ requests }, shownAs(reads)));
    } catch (error) {
      if (!(error instanceof GraphAnswerError) || !noBatch.has(error.status)) {
        for (const { failed } of reads) failed(error);
        return;
      }
      hasBatch = false;
      answers = new Map();
    }
    reads.forEach((read, index) => {
      const answer = answers.get(String(index));
      // A token that has run out is dealt with by the request that stands alone.
      if (answer === undefined || answer.status === 401) alone(read);
      else if (answer.status < 300) read.done(answer.body);
      else if (mayPass.has(answer.status) && read.attempt < ways.retries) {
        void ways
          .pause(read.attempt, headerOf(answer, "retry-after"))
          .then(() => enter({ ...read, attempt: read.attempt + 1 }));
      } else read.failed(refusal(read.url, answer));
    });
  }

  function send(): void {
    const reads = waiting;
    waiting = [];
    const batched = hasBatch ? reads.filter(({ url }) => url.startsWith(ways.base)) : [];
    for (const read of reads) if (!batched.includes(read)) alone(read);
    for (let from = 0; from < batched.length; from += batchMax) {
      const part = batched.slice(from, from + batchMax);
      if (part.length === 1) alone(part[0]!);
      else void together(part);
    }
  }

  function enter(read: Waiting): void {
    // The calls that an engine makes at once arrive within one turn of the event loop, or two.
    if (waiting.length === 0) setImmediate(() => setImmediate(send));
    waiting.push(read);
  }

  return (url) => {
    const asked = underWay.get(url);
    if (asked !== undefined) return asked;
    const answer = new Promise<unknown>((done, failed) => enter({ url, attempt: 0, done, failed }));
    underWay.set(url, answer);
    const end = () => underWay.delete(url);
    answer.then(end, end);
    return answer;
  };
}

const mayPass = new Set([429, 502, 503, 504]);

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Answers by the id of their request; they come in any order. What is no batch answer holds none. */
function answersIn(batch: unknown): Map<string, Answer> {
  const { responses } = (batch ?? {}) as { responses?: (Answer & { id: string | number })[] };
  return new Map((Array.isArray(responses) ? responses : []).map((answer) => [String(answer.id), answer]));
}

const shownAs = (reads: Waiting[]) => `GET ${pathOf(reads[0]!.url)} (and ${reads.length - 1} more in one batch)`;

const headerOf = ({ headers = {} }: Answer, wanted: string) =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];

function refusal(url: string, answer: Answer): GraphAnswerError {
  const { code, said } = readError(answer.body === undefined ? "" : JSON.stringify(answer.body));
  return new GraphAnswerError(answer.status, code, said, `GET ${pathOf(url)}`, headerOf(answer, "request-id"));
}
