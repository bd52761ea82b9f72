/**
 * Holds Android payloads against the facts in `test/fixtures/android`. Nobody publishes a schema of them that could be
 * copied: this checks writers against our own reading, no more.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const facts = (name: string) =>
  JSON.parse(readFileSync(join(__dirname, "../fixtures/android", `${name}.facts.json`), "utf8"));

interface Fact {
  type: string;
  required?: boolean;
  enum?: unknown[];
}

const isOfType: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  integer: Number.isInteger,
  bool: (value) => typeof value === "boolean",
};

const javaTypes: Readonly<Record<string, string>> = { String: "string", int: "integer", boolean: "bool" };

const knoxFacts = facts("samsung-knox.exchange-account") as {
  fields: Record<string, string>;
  requiredByConstructor: string[];
  values: Record<string, Record<string, string>>;
};

/** Fields come as `int 0/1 (default 1)`: the first word is the type. */
const knoxKeys = (): Record<string, Fact> => {
  const numbersOf = (prefix: string) =>
    Object.keys(Object.entries(knoxFacts.values).find(([name]) => name.startsWith(prefix))![1]).map(Number);
  const numbers: Record<string, number[]> = {
    syncLookback: numbersOf("syncLookback"),
    offPeak: numbersOf("offPeak"),
    syncInterval: numbersOf("offPeak"),
    syncCalendar: [0, 1],
    syncContacts: [0, 1],
    smimeCertificateMode: [1, 2, 3],
  };
  return Object.fromEntries(
    Object.entries(knoxFacts.fields).map(([name, text]) => {
      const type = javaTypes[/^\w+/.exec(text)![0]] ?? "other";
      const required = name !== "serverPassword" && knoxFacts.requiredByConstructor.includes(name);
      return [name, { type, required, enum: numbers[name] }];
    }),
  );
};

export const knownKeys = {
  samsungKnox: knoxKeys(),
  androidForWorkGmail: facts("gmail.managed-config").keys as Record<string, Fact>,
  androidForWorkNineWork: facts("nine-work.managed-config").keys as Record<string, Fact>,
};

/** Where the object does not agree with what is known of the app. */
export function factErrors(type: keyof typeof knownKeys, text: string): string[] {
  const keys = knownKeys[type];
  const found = JSON.parse(text) as Record<string, unknown>;
  const missing = Object.keys(keys).filter((name) => keys[name]!.required && !(name in found));
  const errors = missing.map((name) => `${name}: required`);
  for (const [name, value] of Object.entries(found)) {
    const fact = keys[name];
    if (!fact) errors.push(`${name}: no such key is known`);
    else if (!isOfType[fact.type]?.(value)) errors.push(`${name}: not a ${fact.type}`);
    else if (fact.enum && !fact.enum.includes(value)) errors.push(`${name}: ${value} is not known`);
    if (/password/i.test(name)) errors.push(`${name}: never (E6)`);
  }
  return errors;
}
