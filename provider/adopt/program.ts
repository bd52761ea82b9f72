/** The text of a program that takes over what was found, as a person would have written it. */
import type { Kind } from "../resources";
import type { Found } from "./found";

/** Width of the lines that people read in most editors and reviews. */
const width = 100;

/** @param found each after those that it refers to */
export function programText(found: readonly Found[]): string {
  const names = unique(
    found,
    ({ displayName }) => slug(displayName),
    ({ kind }, name) => `${kind} ${name}`,
  );
  // A deployment has the id of its profile: what others refer to is the profile.
  const byId = new Map(found.filter(({ kind }) => !deploys.has(kind)).map((one) => [one.id, one]));
  const referred = new Set(found.flatMap((one) => referencesOf(one, byId)));
  const constants = unique(
    referred,
    (one) => {
      const noun = one.kind === "EmailProfile" ? "profile" : "certificate";
      return `${names.get(one)!.replace(`-${noun}`, "")}-${noun}`;
    },
    (_, name) => identifier(name),
  );
  const kinds = [...new Set(found.map(({ kind }) => kind))].sort();
  const declarations = found.map((one) => {
    const expression = (value: unknown): string | undefined => {
      const target = typeof value === "string" ? byId.get(value) : undefined;
      return target && target !== one ? `${identifier(constants.get(target)!)}.id` : undefined;
    };
    const args = written(one.inputs, expression);
    const made = `new ${one.kind}(${JSON.stringify(names.get(one))}, ${args});`;
    const constant = constants.get(one);
    return constant === undefined ? made : `const ${identifier(constant)} = ${made}`;
  });
  if (found.length === 0) return "export {};\n";
  return [
    "/** Taken over as it is: the first up changes nothing. */",
    `import { ${kinds.join(", ")} } from "pulumi-intune-mail";`,
    "",
    ...declarations,
    "",
  ].join("\n");
}

const deploys: ReadonlySet<Kind> = new Set<Kind>(["Deployment", "AppDeployment"]);

const referencesOf = (one: Found, byId: ReadonlyMap<string, Found>): Found[] =>
  Object.values(one.inputs).flatMap((value) => {
    const target = typeof value === "string" ? byId.get(value) : undefined;
    return target && target !== one ? [target] : [];
  });

// --- names ------------------------------------------------------------------------------------------------------------

/** A name for each, with a number where another one has it already. */
function unique(all: Iterable<Found>, nameOf: (one: Found) => string, keyOf: (one: Found, name: string) => string) {
  const taken = new Set<string>();
  const names = new Map<Found, string>();
  for (const one of all) {
    const name = nameOf(one);
    let free = name;
    for (let number = 2; taken.has(keyOf(one, free)); number++) free = `${name}-${number}`;
    taken.add(keyOf(one, free));
    names.set(one, free);
  }
  return names;
}

/** `Mail on iPhones` as `mail-on-iphones`; a name in another script stays as it is, but for what separates words. */
const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "") || "unnamed";

/** A name in one word; its last one is ours, so it is no word of the language and nothing that is imported. */
const identifier = (name: string): string => {
  const [first = "", ...words] = name.split("-");
  const camel = first + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^\p{ID_Start}/u.test(camel) ? camel : `_${camel}`;
};

// --- values -----------------------------------------------------------------------------------------------------------

type Expression = (value: unknown) => string | undefined;

/** A value of a program, over several lines where one would be too long. */
function written(value: unknown, expression: Expression, indent = ""): string {
  const known = expression(value);
  if (known !== undefined) return known;
  if (typeof value === "string") return isDer(value) ? pem(value) : JSON.stringify(value);
  if (value === null || typeof value !== "object") return String(value);
  const deeper = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((item) => written(item, expression, deeper))
    : Object.entries(value).map(([name, item]) => `${key(name)}: ${written(item, expression, deeper)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{ ", " }"];
  const line = `${open}${items.join(", ")}${close}`;
  const isShort = indent !== "" && !line.includes("\n") && indent.length + line.length <= width;
  if (items.length === 0) return Array.isArray(value) ? "[]" : "{}";
  return isShort
    ? line
    : `${open.trim()}\n${items.map((item) => `${deeper}${item},\n`).join("")}${indent}${close.trim()}`;
}

const key = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

/** Base64 of DER, as Graph gives certificates: it begins with a sequence whose length takes two bytes. */
const isDer = (text: string) => /^MII[A-Za-z0-9+/]{200,}={0,2}$/.test(text);

const pem = (base64: string) =>
  `\`-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)!.join("\n")}\n-----END CERTIFICATE-----\``;
