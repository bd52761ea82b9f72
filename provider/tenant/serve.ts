/** Puts a tenant on a port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Tenant } from "./index";
import { answerHttp } from "./transport";

/** The tenant cannot be served as asked; the message says why and what to do. */
export class ServeError extends Error {}

export interface ServeOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  /** Only a tenant that demands tokens leaves this machine. */
  host?: string;
}

export interface ServedTenant {
  url: string;
  /** Stops listening and ends the connections; the tenant itself stays open. */
  close(): Promise<void>;
}

const isLoopback = (host: string) => host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

/** Serves a tenant over HTTP, on loopback unless told otherwise. */
export async function serveTenant(
  tenant: Tenant,
  { port = 0, host = "127.0.0.1" }: ServeOptions = {},
): Promise<ServedTenant> {
  if (!isLoopback(host) && tenant.auth !== "required") {
    throw new ServeError(
      `The tenant is to be served on ${host}, where others can reach it: demand tokens (--auth), or serve on 127.0.0.1.`,
    );
  }
  const server = createServer((message, response) => {
    // The connection may end in the middle of a body: nothing was done, and nobody is left to be told.
    answerHttp(tenant.handler, message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const said: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is in use. Choose another one with --port, or end the program that has it.`,
    EACCES: `Port ${port} on ${host} may not be used by this account. Choose one from 1024 on with --port.`,
    EADDRNOTAVAIL: `${host} is no address of this machine. Choose another host.`,
  };
  const message = said[error.code ?? ""];
  return message ? new ServeError(message) : error;
}
