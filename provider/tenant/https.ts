/** A certificate for the tenant's own server: made at each start, its private key in memory only. */
import { isIP } from "node:net";
import { hostname, networkInterfaces } from "node:os";

export interface Certificate {
  /** PEM of the private key. */
  key: string;
  /** PEM, for clients to trust. */
  certificate: string;
}

/** Makes a self-signed certificate for this machine's loopback names and the host that is served. */
export async function makeCertificate(host: string): Promise<Certificate> {
  // A heavy library, which only those who ask for HTTPS wait for.
  const { generate } = await import("selfsigned");
  // Clients check it by the machine's time, which is the library's own default: valid from now on, for a year.
  const made = await generate([{ name: "commonName", value: "Simulated tenant" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: namesOf(host).map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
      },
    ],
  });
  return { key: made.private, certificate: made.cert };
}

/** Every name by which clients reach a server that listens on the host. */
export function namesOf(host: string): string[] {
  const isEverywhere = host === "0.0.0.0" || host === "::";
  const ofMachine = isEverywhere ? [hostname(), ...Object.values(networkInterfaces()).flatMap(addresses)] : [host];
  return [...new Set(["localhost", "127.0.0.1", "::1", ...ofMachine])];
}

/** An address with a zone (`fe80::1%eth0`) is good on one machine only, and no name in a certificate. */
const addresses = (found: ReturnType<typeof networkInterfaces>[string]): string[] =>
  (found ?? []).map(({ address }) => address).filter((address) => !address.includes("%"));
