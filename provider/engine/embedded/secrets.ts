/** Encryption of secret values at rest, byte for byte as Pulumi's passphrase secrets provider does it. */

import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { EngineError } from "../engine";
import { isObject, SECRET, SIGNATURE, type Value } from "./properties";

const ITERATIONS = 1_000_000;
const KEY_BYTES = 32;
const SALT_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What Pulumi encrypts beside the salt, to tell a wrong passphrase from a damaged state. */
const PROBE = "pulumi";

export interface Crypter {
  /** `v1:<salt>:v1:<nonce>:<ciphertext>`, as the state and `encryptionsalt` hold it. */
  salt: string;
  encrypt(text: string): string;
  decrypt(ciphertext: string): string;
}

/** A crypter with a salt of its own, for a state that has none yet. */
export async function newCrypter(passphrase: string): Promise<Crypter> {
  const salt = randomBytes(SALT_BYTES);
  const crypter = crypterOfKey(await deriveKey(passphrase, salt));
  return { ...crypter, salt: `v1:${salt.toString("base64")}:${crypter.encrypt(PROBE)}` };
}

/** The crypter of a given salt; `where` names the file that the salt is from. */
export async function openCrypter(passphrase: string, salt: string, where: string): Promise<Crypter> {
  const [version, encoded, ...probe] = salt.split(":");
  if (version !== "v1" || !encoded || probe.length !== 3) {
    throw new EngineError(
      `${where}: "${salt}" is not a salt of Pulumi's passphrase provider (v1:<salt>:v1:<nonce>:<text>).`,
    );
  }
  const crypter = crypterOfKey(await deriveKey(passphrase, Buffer.from(encoded, "base64")));
  if (attempt(() => crypter.decrypt(probe.join(":"))) !== PROBE) {
    throw new EngineError(
      `${where}: the passphrase does not fit. Set PULUMI_CONFIG_PASSPHRASE (or PULUMI_CONFIG_PASSPHRASE_FILE) to the ` +
        "passphrase that the stack was made with; nothing was changed.",
    );
  }
  return { ...crypter, salt };
}

function attempt(decrypt: () => string): string | undefined {
  try {
    return decrypt();
  } catch {
    return undefined;
  }
}

const derived = new Map<string, Promise<Buffer>>();

/** Takes some tenths of a second by design, so a process does it once for each passphrase and salt. */
function deriveKey(passphrase: string, salt: Buffer): Promise<Buffer> {
  const id = `${salt.toString("base64")}:${passphrase}`;
  const known = derived.get(id);
  if (known) return known;
  const key = promisify(pbkdf2)(passphrase, salt, ITERATIONS, KEY_BYTES, "sha256");
  derived.set(id, key);
  return key;
}

function crypterOfKey(key: Buffer): Omit<Crypter, "salt"> {
  return {
    encrypt(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
    },
    decrypt(ciphertext) {
      const [version, nonce, text] = ciphertext.split(":");
      if (version !== "v1" || !nonce || !text)
        throw new EngineError("A secret in the state is not in the form v1:<nonce>:<text>.");
      const sealed = Buffer.from(text, "base64");
      const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
    },
  };
}

/** Ciphertexts by the secret they belong to: a secret that did not change keeps its bytes in the state. */
const sealedSecrets = new WeakMap<object, { salt: string; ciphertext: string }>();

/** The value as it is written: secrets encrypted. */
export function seal(value: Value, crypter: Crypter): Value {
  if (Array.isArray(value)) return value.map((item) => seal(item, crypter));
  if (!isObject(value)) return value;
  if (value[SIGNATURE] === SECRET) return { [SIGNATURE]: SECRET, ciphertext: sealSecret(value, crypter) };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, seal(item, crypter)]));
}

function sealSecret(secret: { [key: string]: Value }, crypter: Crypter): string {
  const known = sealedSecrets.get(secret);
  if (known?.salt === crypter.salt) return known.ciphertext;
  const ciphertext = crypter.encrypt(JSON.stringify(secret.value ?? null));
  sealedSecrets.set(secret, { salt: crypter.salt, ciphertext });
  return ciphertext;
}

/** The value as the engine works with it: secrets decrypted, and still marked. */
export function unseal(value: Value, crypter: Crypter): Value {
  if (Array.isArray(value)) return value.map((item) => unseal(item, crypter));
  if (!isObject(value)) return value;
  if (value[SIGNATURE] !== SECRET) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unseal(item, crypter)]));
  }
  if (typeof value.plaintext === "string") return { [SIGNATURE]: SECRET, value: JSON.parse(value.plaintext) as Value };
  const ciphertext = String(value.ciphertext);
  const text = attempt(() => crypter.decrypt(ciphertext));
  if (text === undefined) {
    throw new EngineError("A secret in the state cannot be decrypted: the state is damaged. Restore it from a backup.");
  }
  const secret = { [SIGNATURE]: SECRET, value: JSON.parse(text) as Value };
  sealedSecrets.set(secret, { salt: crypter.salt, ciphertext });
  return secret;
}
