/** Three forges as far as comment.mjs knows them: comments by several authors, pages, tokens, and failures on demand. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Comment {
  id: number;
  body: string;
  author: string;
  isDeleted?: boolean;
}

interface Failure {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** How many requests it is for; without: all. */
  times?: number;
}

export interface Request {
  method: string;
  path: string;
  body: Record<string, unknown>;
}

/** What a forge's API answers; `undefined` is 404. */
type Answer = { json: unknown; more?: boolean } | undefined;

interface Kind {
  /** The variables of a job. */
  variables(url: string): Record<string, string>;
  /** The account that the token is of. */
  me: string;
  isSignedIn(headers: NodeJS.Dict<string | string[]>): boolean;
  answer(request: Request, forge: Forge, page: number): Answer;
}

export const token = "t0ken-of-a-forge";
const pageSize = 100;
const bearer = ({ authorization }: NodeJS.Dict<string | string[]>) => authorization === `Bearer ${token}`;

function listed<T>(forge: Forge, page: number, shown: (comment: Comment) => T): Answer {
  const json = forge.comments.slice((page - 1) * pageSize, page * pageSize).map(shown);
  return { json, more: forge.comments.length > page * pageSize };
}

export const forgeKinds = {
  GitHub: {
    variables: (url) => ({
      GITHUB_API_URL: url,
      GITHUB_REPOSITORY: "contoso/mail",
      GITHUB_TOKEN: token,
      PULL_REQUEST: "7",
    }),
    me: "github-actions[bot]",
    isSignedIn: bearer,
    answer({ method, path, body }, forge, page) {
      const shown = ({ id, body, author }: Comment) => ({ id, body, user: { login: author } });
      const text = String(body.body);
      if (path === "/repos/contoso/mail/issues/7/comments") {
        return method === "POST" ? { json: shown(forge.make(text)) } : listed(forge, page, shown);
      }
      const id = /^\/repos\/contoso\/mail\/issues\/comments\/(\d+)$/.exec(path)?.[1];
      return id && method === "PATCH" ? { json: shown(forge.edit(Number(id), text)) } : undefined;
    },
  },
  GitLab: {
    variables: (url) => ({
      CI_API_V4_URL: `${url}/api/v4`,
      CI_PROJECT_ID: "5",
      CI_MERGE_REQUEST_IID: "7",
      GITLAB_TOKEN: token,
    }),
    me: "41",
    isSignedIn: (headers) => headers["private-token"] === token,
    answer({ method, path, body }, forge, page) {
      const shown = ({ id, body, author }: Comment) => ({ id, body, author: { id: Number(author) } });
      const text = String(body.body);
      if (path === "/api/v4/user") return { json: { id: 41, username: "project_5_bot" } };
      const [, id] = /^\/api\/v4\/projects\/5\/merge_requests\/7\/notes(?:\/(\d+))?$/.exec(path) ?? ["", "none"];
      if (id === "none") return undefined;
      if (id) return method === "PUT" ? { json: shown(forge.edit(Number(id), text)) } : undefined;
      return method === "POST" ? { json: shown(forge.make(text)) } : listed(forge, page, shown);
    },
  },
  "Azure Repos": {
    variables: (url) => ({
      SYSTEM_COLLECTIONURI: `${url}/contoso/`,
      SYSTEM_TEAMPROJECTID: "a1b2",
      BUILD_REPOSITORY_ID: "c3d4",
      SYSTEM_PULLREQUEST_PULLREQUESTID: "7",
      SYSTEM_ACCESSTOKEN: token,
    }),
    me: "5f1e",
    isSignedIn: bearer,
    answer({ method, path, body }, forge) {
      // A thread has the number of its comment here, times ten; what was deleted is still listed, without its text.
      const shown = ({ id, body, author, isDeleted }: Comment) => ({
        id: id * 10,
        isDeleted: isDeleted ?? false,
        comments: [{ id, author: { id: author }, ...(isDeleted ? { isDeleted } : { content: body }) }],
      });
      if (path === "/contoso/_apis/connectionData") return { json: { authenticatedUser: { id: "5f1e" } } };
      const threads = "/contoso/a1b2/_apis/git/repositories/c3d4/pullRequests/7/threads";
      if (!path.startsWith(threads)) return undefined;
      const rest = path.slice(threads.length);
      if (rest === "" && method === "GET") return { json: { value: forge.comments.map(shown) } };
      if (rest === "" && method === "POST") {
        const [first] = body.comments as { content: string }[];
        return { json: shown(forge.make(first!.content)) };
      }
      const [, thread, id] = /^\/(\d+)\/comments\/(\d+)$/.exec(rest) ?? [];
      if (method !== "PATCH" || Number(thread) !== Number(id) * 10) return undefined;
      return { json: forge.edit(Number(id), String(body.content)) };
    },
  },
} satisfies Record<string, Kind>;

export type ForgeName = keyof typeof forgeKinds;

export class Forge {
  comments: Comment[] = [];
  requests: Request[] = [];
  /** Failures by method. */
  fails: Record<string, Failure> = {};
  /** Requests of a method that nobody answers. */
  silent?: string;
  nextPage = (url: string) => url;
  private readonly kind: Kind;
  private readonly server: Server;

  private constructor(name: ForgeName) {
    this.kind = forgeKinds[name];
    this.server = createServer((request, response) => {
      let text = "";
      request.on("data", (part) => {
        text += part;
      });
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        const address = new URL(url, this.url);
        const asked = { method, path: address.pathname, body: text === "" ? {} : JSON.parse(text) };
        this.requests.push(asked);
        if (this.silent === method) return;
        const { status, more, json } = this.answer(asked, headers, address);
        response.writeHead(status, { "content-type": "application/json", ...more });
        response.end(typeof json === "string" ? json : JSON.stringify(json));
      });
    });
  }

  static async start(name: ForgeName): Promise<Forge> {
    const forge = new Forge(name);
    await new Promise<void>((listening) => forge.server.listen(0, "127.0.0.1", listening));
    return forge;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get variables(): Record<string, string> {
    return this.kind.variables(this.url);
  }

  get me(): string {
    return this.kind.me;
  }

  private answer(
    request: Request,
    headers: NodeJS.Dict<string | string[]>,
    address: URL,
  ): { status: number; json: unknown; more?: Record<string, string> } {
    const failure = this.fails[request.method];
    if (failure && (failure.times ?? 1) > 0) {
      if (failure.times) failure.times--;
      return { status: failure.status, json: failure.body ?? { message: "no" }, more: failure.headers };
    }
    if (!this.kind.isSignedIn(headers)) return { status: 401, json: { message: "Bad credentials" } };
    const page = Number(address.searchParams.get("page") ?? 1);
    const answer = this.kind.answer(request, this, page);
    if (!answer) return { status: 404, json: { message: "Not Found" } };
    address.searchParams.set("page", String(page + 1));
    const link = `<${this.nextPage(address.href)}>; rel="next", <${address.href}>; rel="last"`;
    return {
      status: request.method === "POST" ? 201 : 200,
      json: answer.json,
      ...(answer.more ? { more: { link } } : {}),
    };
  }

  make(body: string): Comment {
    const made = { id: this.comments.length + 1, body, author: this.kind.me };
    this.comments.push(made);
    return made;
  }

  edit(id: number, body: string): Comment {
    const found = this.comments.find((one) => one.id === id)!;
    return Object.assign(found, { body });
  }

  /** Comments of people. */
  others(count: number): void {
    this.comments = Array.from({ length: count }, (_, at) => ({
      id: at + 1,
      body: `Comment ${at + 1}`,
      author: String(900 + at),
    }));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}
