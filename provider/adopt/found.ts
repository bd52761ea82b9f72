/** What a tenant has that a program can take over (`adopt`), as the inputs that would have made it. */
import { mailApps } from "../advice";
import type { Graph, Json } from "../graph/client";
import { unlessGone } from "../graph/errors";
import { type Kind, resourceTypes } from "../resources";
import { allConfigurations, castOf, configurationPath } from "../resources/configurations";
import { platformOf } from "../resources/email-profile";
import { scepCertificateTypes } from "../resources/scep-certificate";
import { groupsCalled, type Target } from "../resources/targets";
import { trustedCertificateTypes } from "../resources/trusted-certificate";
import { given } from "../validate";
import type { Properties } from "../values";

/** One resource of the program to be; ids in its inputs are those of the tenant. */
export interface Found {
  kind: Kind;
  id: string;
  /** What people call it. */
  displayName: string;
  inputs: Properties;
}

/** What the program does not take over, and why. */
export interface Left {
  what: string;
  id: string;
  displayName: string;
  why: string;
}

export interface Adoptable {
  /** In the order in which one refers to another. */
  found: Found[];
  left: Left[];
}

/** Reads all of it; nothing is written. */
export async function readAdoptable(graph: Graph): Promise<Adoptable> {
  const profiles = profilesAmong(await allConfigurations(graph));
  const parts = [
    ...(await each(profiles, (one) => profile(graph, one, profiles))),
    ...(await apps(graph)),
    ...(await accessPolicy(graph)),
    ...(await connectors(graph)),
  ];
  const all = parts.flatMap((part) => ("why" in part ? [] : [part]));
  return {
    found: order.flatMap((kind) => all.filter((one) => one.kind === kind)),
    left: parts.flatMap((part) => ("why" in part ? [part] : [])),
  };
}

/** Each kind after those that it refers to. */
const order: readonly Kind[] = Object.keys({
  TrustedCertificate: 0,
  ScepCertificate: 0,
  EmailProfile: 0,
  Deployment: 0,
  AppDeployment: 0,
  ExchangeConnector: 0,
  ExchangeAccessPolicy: 0,
} satisfies Record<Kind, 0>) as Kind[];

type Part = Found | Left;
const each = async <T>(items: readonly T[], work: (item: T) => Promise<Part[]>): Promise<Part[]> =>
  (await Promise.all(items.map(work))).flat();

/** What one object is called: as a resource, and in words. */
interface About {
  kind: Kind;
  what: string;
  id: string;
  displayName: string;
}

const left = ({ what, id, displayName }: About, why: string): Left => ({ what, id, displayName, why });

/** An object as a program says it, with its groups by name; or why none can. */
async function saying(graph: Graph, about: About, inputs: Properties): Promise<Part> {
  const { kind, id, displayName } = about;
  const groups = await byName(graph, inputs);
  if (typeof groups === "string") return left(about, groups);
  const wanted = given({ ...inputs, ...groups });
  const failures = resourceTypes[kind].validate(wanted);
  if (failures.length === 0) return { kind, id, displayName, inputs: wanted };
  const reasons = failures.map(({ property, reason }) => `${property} ${reason}`);
  return left(about, `a program cannot say what it has: ${reasons.join("; ")}`);
}

// --- profiles and certificates ----------------------------------------------------------------------------------------

const certificateTypes = [
  ...Object.values(trustedCertificateTypes).map((type) => ({ ...type, kind: "TrustedCertificate" as const })),
  ...Object.values(scepCertificateTypes).map((type) => ({ ...type, kind: "ScepCertificate" as const })),
];
const certificateKinds = new Map(
  certificateTypes.map(({ odataType, kind }) => [`microsoft.graph.${odataType}`.toLowerCase(), kind]),
);
const nouns = {
  EmailProfile: "email profile",
  TrustedCertificate: "trusted certificate",
  ScepCertificate: "SCEP certificate",
};
type Profile = { kind: keyof typeof nouns; entity: Json };

const profilesAmong = (entities: readonly Json[]): Profile[] =>
  entities.flatMap((entity) => {
    const isMail = platformOf(entity) !== undefined;
    const kind = isMail ? "EmailProfile" : certificateKinds.get(castOf(entity).toLowerCase());
    return kind ? [{ kind, entity }] : [];
  });

/** Whether one would be taken for the other when it is looked for by its name (E3). */
const isNamesake = (one: Profile, other: Profile): boolean =>
  one.kind === other.kind &&
  one.entity.displayName === other.entity.displayName &&
  (one.kind === "EmailProfile" || castOf(one.entity) === castOf(other.entity));

/** A configuration, and its deployment where it has one. */
async function profile(graph: Graph, one: Profile, all: readonly Profile[]): Promise<Part[]> {
  const { kind, entity } = one;
  const about = { kind, what: nouns[kind], id: String(entity.id), displayName: String(entity.displayName) };
  if (all.filter((other) => isNamesake(one, other)).length > 1)
    return [left(about, "others have the same name, by which it would be found (E3): rename all but one")];
  const inputs = { ...(await inputsOf(graph, kind, about.id)), adopt: true };
  return [await saying(graph, about, inputs), ...(await deployment(graph, about))];
}

/** What the service has by default is left out, but for what a program has to say. */
async function inputsOf(graph: Graph, kind: Kind, id: string): Promise<Properties> {
  const type = resourceTypes[kind];
  const { inputs } = await type.observe(graph, id, {});
  const wanting = type.validate(inputs).map(({ property }) => [property, true]);
  return wanting.length === 0 ? inputs : (await type.observe(graph, id, Object.fromEntries(wanting))).inputs;
}

async function deployment(graph: Graph, { id, displayName }: About): Promise<Part[]> {
  const about: About = { kind: "Deployment", what: "deployment", id, displayName };
  const assignments = await graph.list<Assignment>(`${configurationPath(id)}/assignments`);
  if (assignments.length === 0) return [];
  if (assignments.some(isFiltered)) return [left(about, filtered)];
  const { inputs } = await resourceTypes.Deployment.observe(graph, id, {});
  return [await saying(graph, about, { ...inputs, adopt: true })];
}

// --- groups -----------------------------------------------------------------------------------------------------------

interface Assignment {
  intent?: string;
  target: Target;
}

const isFiltered = ({ target }: Assignment) => target.deviceAndAppManagementAssignmentFilterId != null;
const filtered = "an assignment has a filter, which a program cannot say";

/** Groups by their names, as people know them, and by id where several have the name; or what is wrong with one. */
async function byName(graph: Graph, inputs: Properties): Promise<Properties | string> {
  const found: Properties = {};
  for (const property of ["includedGroups", "excludedGroups"]) {
    const names: string[] = [];
    for (const id of (inputs[property] ?? []) as string[]) {
      const [group] = await groupsCalled(graph, id);
      if (!group) return `it is for the group ${id}, which does not exist any more`;
      const name = String(group.displayName);
      const [, another] = await groupsCalled(graph, name);
      names.push(another ? id : name);
    }
    if (names.length > 0) found[property] = names.sort();
  }
  return found;
}

// --- apps -------------------------------------------------------------------------------------------------------------

const appsPath = "/deviceAppManagement/mobileApps";
const mailPackages = new Set<unknown>(Object.values(mailApps).map(({ packageId }) => packageId));

/** Apps for mail that are assigned (E10); what else a tenant deploys is no matter of ours. */
async function apps(graph: Graph): Promise<Part[]> {
  const all = await graph.once.list<Json>(appsPath);
  return each(
    all.filter(({ packageId }) => mailPackages.has(packageId)),
    async (app) => {
      const [id, displayName] = [String(app.id), String(app.displayName)];
      const about: About = { kind: "AppDeployment", what: "app deployment", id, displayName };
      const assignments = await graph.list<Assignment>(`${appsPath}/${id}/assignments`);
      if (assignments.length === 0) return [];
      if (assignments.some(isFiltered)) return [left(about, filtered)];
      if (new Set(assignments.map(({ intent }) => intent)).size > 1)
        return [left(about, "its assignments have several intents, and an AppDeployment has one")];
      const isOnly = all.filter((other) => other.displayName === displayName).length === 1;
      const { inputs } = await resourceTypes.AppDeployment.observe(graph, id, { app: isOnly ? displayName : id });
      return [await saying(graph, about, { ...inputs, adopt: true })];
    },
  );
}

// --- Exchange ---------------------------------------------------------------------------------------------------------

/** A tenant has one always; one that says nothing is nobody's. */
async function accessPolicy(graph: Graph): Promise<Part[]> {
  const policy = await unlessGone(graph.get("/deviceManagement/exchangeOnPremisesPolicy"));
  if (!policy) return [];
  const id = String(policy.id);
  const { inputs } = await resourceTypes.ExchangeAccessPolicy.observe(graph, id, {});
  const { enabled, ...said } = given(inputs);
  if (enabled === false && Object.keys(said).length === 0) return [];
  const displayName = "Access to Exchange";
  return [await saying(graph, { kind: "ExchangeAccessPolicy", what: "access policy", id, displayName }, inputs)];
}

async function connectors(graph: Graph): Promise<Part[]> {
  const all = await unlessGone(graph.list<Json>("/deviceManagement/exchangeConnectors"));
  return (all ?? []).map(({ id, exchangeOrganization }) => ({
    what: "Exchange connector",
    id: String(id),
    displayName: String(exchangeOrganization),
    why: "nobody can read its passwords: declare an ExchangeConnector with them and replaceExisting: true, which puts one of the program in its place (X1)",
  }));
}
