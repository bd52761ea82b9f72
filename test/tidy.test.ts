/** The house, held by a test: who may import whom, what may be called where, no dead files, nothing of one machine. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { dependencies, name as ourName, peerDependencies } from "../package.json";

const root = join(__dirname, "..");
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(root, file)));
const textOf = (file: string) => readFileSync(join(root, file), "utf8");
const sources = tracked.filter((file) => /^(sdk|provider)\/.*\.ts$/.test(file));

/** What a file imports in any way: statically, as a type, or when it is needed. */
const importsOf = new Map(
  sources.map((file) => [
    file,
    ts.preProcessFile(textOf(file), true, true).importedFiles.map((found) => found.fileName),
  ]),
);

/** The file that a relative import leads to. */
function target(file: string, name: string): string | undefined {
  const path = normalize(join(dirname(file), name));
  return [`${path}.ts`, `${path}/index.ts`, path].find(
    (candidate) => sources.includes(candidate) || candidate.endsWith(".json"),
  );
}

const relative = (file: string) => importsOf.get(file)!.filter((name) => name.startsWith("."));
const isPackage = (name: string) =>
  !name.startsWith(".") && !name.startsWith("node:") && !builtinModules.includes(name);

// --- who may import whom ----------------------------------------------------------------------------------------------

/** Each folder of the house, and the others that it may import from. `provider` is the files directly in it. */
const house: Record<string, string[]> = {
  sdk: [],
  provider: ["resources", "graph", "tenant"],
  resources: ["provider", "platforms", "graph", "exchange-configuration"],
  "exchange-configuration": [],
  platforms: ["provider", "resources"],
  // connect.ts alone knows that a tenant can be in the same process; see below.
  graph: ["provider", "tenant"],
  payload: ["provider"],
  tenant: [],
  engine: [],
  adopt: ["provider", "resources", "graph"],
  impact: ["provider", "resources", "platforms", "graph", "tenant", "engine"],
  testing: ["provider", "tenant"],
  cli: [
    "provider",
    "resources",
    "platforms",
    "graph",
    "payload",
    "tenant",
    "engine",
    "impact",
    "adopt",
    "exchange-configuration",
  ],
};

const areaOf = (file: string) => {
  // A way in of its own, beside the folders that it opens.
  if (file === "provider/testing.ts") return "testing";
  const [top, folder, ...rest] = file.split("/");
  return top === "provider" && rest.length > 0 ? folder! : top!;
};

/** Rules for single files, narrower than their folder's. */
const narrower: { file: RegExp; mayNot: RegExp; why: string }[] = [
  { file: /^sdk\/shim\.ts$/, mayNot: /./, why: "its text is all there is to it" },
  { file: /^sdk\//, mayNot: /^(?!\.|@pulumi\/pulumi$)/, why: "a program must not load zod, undici or SQL" },
  { file: /^provider\/graph\/(?!connect\.ts$)/, mayNot: /tenant/, why: "the client speaks Graph, whoever answers" },
  { file: /^provider\/[^/]+\.ts$(?<!testing\.ts)/, mayNot: /^\.\/tenant/, why: "the provider speaks Graph alone" },
  { file: /^provider\/(tenant\/|testing\.ts)/, mayNot: /^@pulumi|^undici$/, why: "the tenant is its own authority" },
  {
    file: /^provider\/(platforms|payload|exchange-configuration)\//,
    mayNot: /^node:(?!crypto$)|^undici$/,
    why: "they are pure",
  },
  { file: /^provider\/(?!graph\/connect\.ts|cli\/)/, mayNot: /^undici$/, why: "one file knows the network" },
  { file: /^provider\/(?!tenant\/(db|file|context)\.ts)/, mayNot: /^node:sqlite$/, why: "one file knows the database" },
];

describe("imports", () => {
  for (const [area, allowed] of Object.entries(house)) {
    const files = sources.filter((file) => areaOf(file) === area);
    if (files.length === 0) continue;
    it(`of ${area} go to ${allowed.length > 0 ? allowed.join(", ") : "nowhere else"}`, () => {
      const wrong = files.flatMap((file) =>
        relative(file)
          .map((name) => target(file, name) ?? assert.fail(`${file} imports ${name}, which is not there`))
          .filter((to) => areaOf(to) !== area && !allowed.includes(areaOf(to)))
          .map((to) => `${file} imports ${to}`),
      );
      assert.deepEqual(wrong, []);
    });
  }

  it("know every folder of the house", () => {
    assert.deepEqual(
      [...new Set(sources.map(areaOf))].filter((area) => !(area in house)),
      [],
    );
  });

  for (const { file, mayNot, why } of narrower) {
    it(`of ${file.source} never match ${mayNot.source}: ${why}`, () => {
      const files = sources.filter((source) => file.test(source));
      assert.ok(files.length > 0, "the rule is about no file");
      const wrong = files.flatMap((source) =>
        importsOf
          .get(source)!
          .filter((name) => mayNot.test(name))
          .map((name) => `${source} imports ${name}`),
      );
      assert.deepEqual(wrong, []);
    });
  }

  it("of packages are declared in package.json", () => {
    const declared = [...Object.keys(dependencies), ...Object.keys(peerDependencies), ourName];
    // The engine speaks the SDK's protocol with the SDK's own libraries, and asks the SDK for them.
    const ofSdk = ["@grpc/grpc-js", "google-protobuf", "semver"];
    const isOf = (names: string[], name: string) => names.some((each) => name === each || name.startsWith(`${each}/`));
    const mayImport = (file: string, name: string) => isOf(declared, name) || (isOf(ofSdk, name) && !loads(file, name));
    const loads = (file: string, name: string) =>
      code(textOf(file))
        .match(/^import (?!type )[^;]*;/gm)
        ?.some((line) => line.includes(`"${name}"`));
    const wrong = sources.flatMap((file) =>
      importsOf
        .get(file)!
        .filter((name) => isPackage(name) && !mayImport(file, name))
        .map((name) => `${file} imports ${name}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("reach every file: none is dead", () => {
    const entries = ["sdk/index.ts", "provider/index.ts", "provider/testing.ts", "provider/cli/main.ts"];
    const reached = new Set(entries);
    // A Set gives what is added while it is walked, too.
    for (const file of reached) {
      if (!importsOf.has(file)) continue;
      for (const name of [...relative(file), ...started(file)]) reached.add(target(file, name) ?? name);
    }
    assert.deepEqual(
      sources.filter((file) => !reached.has(file)),
      [],
    );
  });
});

/** Files that are started by another rather than imported: `join(__dirname, "preload.js")`, `require.resolve("./x")`. */
const started = (file: string) =>
  [...textOf(file).matchAll(/(?:__dirname, |require\.resolve\()"(?:\.\/)?([\w/-]+)(?:\.js)?"/g)].map(
    ([, name]) => `./${name}`,
  );

// --- what may be called where -----------------------------------------------------------------------------------------

const banned: { call: RegExp; where: RegExp; instead: string }[] = [
  {
    call: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
    // Callers who ask too often wait in real time, so that is what their requests are counted in.
    where: /^provider\/tenant\/(?!context\.ts|throttle\.ts)/,
    instead: "context.clock",
  },
  {
    call: /\bMath\.random\(|\brandom(UUID|Bytes|Int)\(/,
    // A token that could be foreseen would be no secret.
    where: /^provider\/tenant\/(?!auth\.ts)/,
    instead: "context.ids, context.random",
  },
  { call: /\bset(Timeout|Interval|Immediate)\(/, where: /^provider\/tenant\//, instead: "the tenant's schedule" },
  {
    call: /\bDate\.now\(|\bnew Date\(|\bMath\.random\(/,
    where: /^(sdk|provider\/(resources|platforms|graph|payload|impact|exchange-configuration|[\w-]+\.ts))/,
    instead: "what the tenant says: its clock is the only one",
  },
  {
    call: /\bsetTimeout\(/,
    where: /^(sdk|provider\/(?!graph\/client\.ts|engine\/|cli\/))/,
    instead: "GraphOptions.sleep",
  },
  {
    call: /\bconsole\./,
    where: /^(sdk|provider\/(?!index\.ts|cli\/))/,
    instead: "an error, an event, or `say` of the life cycle",
  },
  {
    call: /\bprocess\.(env|cwd|argv)\b/,
    where: /^provider\/(resources|platforms|graph|payload|tenant)\//,
    instead: "settings.ts, which is given them",
  },
  {
    call: /\bprocess\.exit\(/,
    where: /^(sdk|provider\/(?!cli\/|engine\/embedded\/preload\.ts))/,
    instead: "an error: who called decides",
  },
  { call: /\bfetch\((?!request)/, where: /^provider\/(resources|platforms)\//, instead: "the Graph client" },
  {
    call: /@ts-(ignore|nocheck)|@ts-expect-error/,
    where: /^(?!test\/(sdk\/email-profile\.types|tidy)\.test\.ts)/,
    instead: "a type that is true",
  },
  { call: /\bbiome-ignore\b/, where: /^(sdk|provider)\//, instead: "code that needs no exception" },
];

/** Without comments, which may name what must not be called. */
const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");

describe("calls", () => {
  for (const { call, where, instead } of banned) {
    it(`${call.source} do not occur in ${where.source}: use ${instead}`, () => {
      const files = tracked.filter((file) => /\.(ts|mjs)$/.test(file) && where.test(file));
      assert.ok(files.length > 0, "the rule is about no file");
      const isComment = /ts-|biome/.test(call.source);
      const wrong = files.filter((file) => call.test(isComment ? textOf(file) : code(textOf(file))));
      assert.deepEqual(wrong, []);
    });
  }
});

// --- nothing of one machine ---------------------------------------------------------------------------------------------

const texts = tracked.filter(
  (file) => /\.(ts|mjs|js|json|ya?ml|md|npmrc|gitignore)$|^\.ci\//.test(file) && file !== "test/tidy.test.ts",
);

describe("tracked files", () => {
  const never: { name: string; pattern: RegExp }[] = [
    { name: "a path of one machine", pattern: /(?<![\w.~}])\/(work|home|Users|root|opt|mnt)\/\w/ },
    { name: "a path out of the repository's neighbour", pattern: /\.\.\/shared\b|\/shared\// },
    {
      name: "address of a package registry",
      pattern: /https?:\/\/[^\s"']*\b(registry\.|\/npm\/|artifactory|verdaccio)/,
    },
    { name: "a token or a private key", pattern: /\beyJ[\w-]{20,}\.|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bnpm_\w{36}/ },
  ];
  for (const { name, pattern } of never) {
    it(`hold no ${name.replace(/^an? /, "")}`, () => {
      const wrong = texts.flatMap((file) =>
        textOf(file)
          .split("\n")
          .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
      );
      assert.deepEqual(wrong, []);
    });
  }

  it("hold no address in the lockfile, so that any registry will do", () => {
    assert.doesNotMatch(textOf("package-lock.json"), /"resolved"/);
  });

  it("hold nothing that is made", () => {
    assert.deepEqual(
      tracked.filter((file) => /^(dist|node_modules)\/|\.tgz$|\.db(-wal|-shm)?$|\.tsbuildinfo$/.test(file)),
      [],
    );
  });
});

// --- rules of the product -----------------------------------------------------------------------------------------------

const last = { E: 13, D: 5, X: 11, C: 4, S: 4 };
const rules = new Set(["X8a", ...Object.entries(last).flatMap(([letter, count]) => numbers(letter, count))]);

function numbers(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
}

describe("rules of the product", () => {
  it("that are cited exist", () => {
    const citing = tracked.filter((file) => /^(sdk|provider|test|examples)\/.*\.(ts|ya?ml|md)$/.test(file));
    const wrong = citing.flatMap((file) =>
      [
        ...textOf(file)
          .replace(/Galaxy S\d+/g, "")
          .matchAll(/\b[EDXCS]\d{1,2}[a-z]?\b/g),
      ]
        .map(([rule]) => rule)
        .filter((rule) => !rules.has(rule))
        .map((rule) => `${file} cites ${rule}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("of this stage are cited by tests, each of them", () => {
    const tests = tracked
      .filter((file) => file.startsWith("test/") && file !== "test/tidy.test.ts")
      .map(textOf)
      .join("\n");
    const stage = [...numbers("E", 4), "E6", "E7", "D1", ...numbers("X", 3), "S2", "S3"];
    assert.deepEqual(
      stage.filter((rule) => !new RegExp(`\\b${rule}\\b`).test(tests)),
      [],
    );
  });
});
