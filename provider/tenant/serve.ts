/** Puts a tenant on a port. */
import { writeFileSync } from "node:fs";
import { createServer, STATUS_CODES } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import type { TenantContext } from "./context";
import { fileOf } from "./db";
import { explain as explainFile } from "./file";
import { type FolderLock, lockFolder } from "./folderLock";
import { type Certificate, makeCertificate } from "./https";
import type { Tenant } from "./index";
import { refusalOfError, serializeRefusal, serverLimits } from "./limits";
import { httpListener } from "./transport";

/** The tenant cannot be served as asked; the message says why and what to do. */
export class ServeError extends Error {}

export interface ServeOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  /** Only a tenant that demands tokens leaves this machine. */
  host?: string;
  /** Serve over HTTPS, with a certificate that is made for it and, where a file is named, written there. */
  https?: { certificateFile?: string };
}

export interface ServedTenant {
  url: string;
  /** PEM of the certificate that clients have to trust; with `https` only. */
  certificate?: string;
  /** Stops listening and ends the connections; the tenant itself stays open. */
  close(): Promise<void>;
}

const isLoopback = (host: string) => host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

/** Serves a tenant over HTTP or HTTPS, on loopback unless told otherwise; one with a data folder, once at a time. */
export async function serveTenant(
  tenant: Tenant,
  { port = 0, host = "127.0.0.1", https }: ServeOptions = {},
): Promise<ServedTenant> {
  if (!isLoopback(host) && tenant.auth !== "required") {
    throw new ServeError(
      `The tenant is to be served on ${host}, where others can reach it: demand tokens (--auth), or serve on 127.0.0.1.`,
    );
  }
  const folder = folderOf(tenant.context);
  const lock = folder === undefined ? undefined : takeFolder(folder);
  try {
    const certificate = https && (await makeCertificate(host));
    const server = makeServer(tenant, certificate);
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
      server.listen(port, host, resolve);
    });
    const { port: taken } = server.address() as AddressInfo;
    const url = `${https ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${taken}`;
    const end = () =>
      new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      });
    try {
      lock?.announce({ url, pid: process.pid });
      if (certificate && https?.certificateFile) write(https.certificateFile, certificate.certificate);
    } catch (error) {
      await end();
      throw folder === undefined ? error : explainFile(error, folder);
    }
    const close = () => end().finally(() => lock?.release());
    return { url, ...(certificate && { certificate: certificate.certificate }), close };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new ServeError(`The certificate cannot be written to ${file}: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function makeServer({ handler, context }: Tenant, certificate: Certificate | undefined) {
  const listener = httpListener(handler, context);
  const server = certificate
    ? createSecureServer({ ...serverLimits, key: certificate.key, cert: certificate.certificate }, listener)
    : createServer(serverLimits, listener);
  return server.on("clientError", (error: NodeJS.ErrnoException, socket) => refuse(error, socket, context));
}

/** Answers what the server could not read as a request, where somebody is left to be answered. */
function refuse(error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Duplex, { clock }: TenantContext): void {
  const refusal = refusalOfError(error);
  if (!refusal || !socket.writable) return void socket.destroy();
  const { headers, text } = serializeRefusal(refusal, clock.now());
  const lines = Object.entries({ ...headers, connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines.join("")}\r\n${text}`);
}

// --- the data folder ----------------------------------------------------------------------------------------------------

/** Where the tenant's file is; undefined for one in memory. */
function folderOf({ db }: TenantContext): string | undefined {
  const file = fileOf(db);
  return file === undefined ? undefined : dirname(file);
}

function takeFolder(folder: string): FolderLock {
  try {
    const taken = lockFolder(folder);
    if (!("holder" in taken)) return taken;
    const { holder } = taken;
    throw new ServeError(
      holder === "unknown"
        ? `The tenant of ${folder} is being served by another process, which has just started. Choose another data folder, or end it.`
        : `The tenant of ${folder} is served already, on ${holder.url} by process ${holder.pid}. Use that address, end that process, or choose another data folder.`,
    );
  } catch (error) {
    throw explainFile(error, folder);
  }
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const said: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is in use. Choose another one with --port, or end the program that has it.`,
    EACCES: `Port ${port} on ${host} may not be used by this account. Choose one from 1024 on with --port.`,
    EADDRNOTAVAIL: `${host} is no address of this machine. Choose another one with --host.`,
    ENOTFOUND: `${host} is the name of no machine that can be found. Choose another one with --host.`,
  };
  const message = said[error.code ?? ""];
  return message ? new ServeError(message) : error;
}
