/** Collects what a run meets of the program, and what the tenant has beside it, and says what `advice.ts` makes of that. */
import { advice, annotated, mailApps, type Profile, prompts, type Row, type Stack, type Targets } from "./advice";
import type { Graph, Json } from "./graph/client";
import { GraphAnswerError, GraphUnreachableError } from "./graph/errors";
import { allConfigurations, configurationPath } from "./resources/configurations";
import { platformOf } from "./resources/email-profile";
import { accessPolicyAdvice } from "./resources/exchange-access-policy";
import { connectorAdvice } from "./resources/exchange-connector-prerequisites";
import { resolveGroups } from "./resources/targets";
import { isSimulated } from "./simulation";
import { hasUnknown, isUnknown, type Properties } from "./values";

export interface Adviser {
  /**
   * The run has met a resource of the program, whose inputs are in order.
   * @param olds inputs of the object that exists; empty before it is made
   */
  met(kind: string, inputs: Properties, olds: Properties): Promise<void>;
  /** What a resource of the program is in the tenant. */
  is(id: string, kind: string, inputs: Properties): void;
  /** An object is about to be changed in place. */
  changes(id: string, kind: string, inputs: Properties, properties: readonly string[]): Promise<void>;
  /** The program has named all that it has. */
  complete(): void;
}

/**
 * Says each piece of advice once.
 * @param say gets a line; those that are warnings begin with `warning: `
 */
export function adviser(graph: () => Graph, say: (line: string) => void): Adviser {
  /** Of the program, by name. */
  const profiles = new Map<string, Properties>();
  const trusted = new Set<string>();
  /** Of the program: by the id of what is deployed, or where that is not known yet, by its name. */
  const deployments = new Map<unknown, Targets>();
  /** Of the program, by what it calls the app. */
  const appDeployments = new Map<unknown, Targets>();
  /** What the program has, as `kind/name` by id, and the other way round. */
  const names = new Map<string, string>();
  const ids = new Map<string, string>();
  const said = new Set<string>();
  let tenant: Json[] = [];
  let apps: Json[] | undefined;
  let simulated = true;

  function tell(line: string): void {
    if (!said.has(line)) say(line);
    said.add(line);
  }

  function tellAll(when: Row["when"], profile: Profile): void {
    for (const row of advice.filter((row) => row.when === when)) {
      const found = [row.find(profile, stack) ?? []].flat();
      for (const text of found) tell(row.information ? text : `warning: ${text}`);
    }
  }

  const targetsOf = (kind: string, name: string) =>
    deployments.get(ids.get(`${kind}/${name}`)) ?? deployments.get(name);
  const targetsOfEntity = (entity: Json) => deployments.get(entity.id) ?? assigned(entity);

  const profileOf = (name: string, settings: Properties): Profile => ({
    name,
    platform: String(settings.platform),
    settings,
    to: targetsOf("EmailProfile", name),
  });

  const stack: Stack = {
    get profiles() {
      const beside = tenant.filter(
        ({ id, displayName }) => !names.has(String(id)) && !profiles.has(String(displayName)),
      );
      return [
        ...[...profiles].map(([name, settings]) => profileOf(name, settings)),
        ...beside.flatMap((entity) => profileIn(entity, targetsOfEntity(entity))),
      ];
    },
    get trustedOnAndroid() {
      const isTrusted = (entity: Json) => /\.androidTrustedRootCertificate$/i.test(String(entity["@odata.type"]));
      return [
        ...[...trusted].flatMap((name) => targetsOf("TrustedCertificate", name) ?? []),
        ...tenant.filter(isTrusted).map((entity) => targetsOfEntity(entity)),
      ];
    },
    get apps() {
      return apps && new Map(apps.map((app) => [String(app.packageId), targetsOfApp(app)]));
    },
    deployed(id) {
      const ours = deployments.get(id);
      return ours ? [ours] : tenant.filter((entity) => entity.id === id).map(assigned);
    },
    get simulated() {
      return simulated;
    },
  };

  function targetsOfApp(app: Json): Targets[] {
    const ours = [app.id, app.displayName, app.packageId].flatMap((name) => appDeployments.get(name) ?? []);
    return ours.length > 0 ? ours : [assigned(app)];
  }

  async function targets(inputs: Properties): Promise<Targets> {
    const idsOf = async (name: string, property: "includedGroups" | "excludedGroups") =>
      (await resolveGroups(graph(), { [property]: [name] }, property)).ids[0] ?? name;
    const [included, excluded] = [inputs.includedGroups ?? [], inputs.excludedGroups ?? []] as [string[], string[]];
    const [groups, without] = await Promise.all([
      Promise.all(included.map(async (name) => [await idsOf(name, "includedGroups"), name] as const)),
      Promise.all(excluded.map((name) => idsOf(name, "excludedGroups"))),
    ]);
    const everybody = inputs.allLicensedUsers === true || inputs.allDevices === true;
    return { groups: new Map(groups), without: new Set(without), everybody };
  }

  const meet: Record<string, (inputs: Properties, olds: Properties) => Promise<void>> = {
    async EmailProfile(inputs) {
      const name = String(inputs.displayName);
      profiles.set(name, inputs);
      tenant = await allConfigurations(graph());
      if (mailApps[String(inputs.platform)] !== undefined) {
        apps ??= await appsOf(graph());
        if (annotated.some((setting) => inputs[setting] != null)) simulated = await isSimulated(graph());
      }
      tellAll("met", profileOf(name, inputs));
    },
    async TrustedCertificate({ platform, displayName }) {
      if (platform === "android") trusted.add(String(displayName));
    },
    async Deployment(inputs) {
      if (hasUnknown([inputs.includedGroups, inputs.excludedGroups])) return;
      const { profileId, profileName } = inputs;
      if (isUnknown(profileId) && profileName == null) return;
      const to = await targets(inputs);
      deployments.set(isUnknown(profileId) ? profileName : profileId, to);
      const [, name = profileName] = /^EmailProfile\/(.*)$/s.exec(names.get(String(profileId)) ?? "") ?? [];
      const settings = profiles.get(String(name));
      const byHand = tenant.filter(({ id }) => id === profileId).flatMap((entity) => profileIn(entity, to));
      for (const profile of settings ? [profileOf(String(name), settings)] : byHand) tellAll("met", profile);
    },
    async ExchangeConnector(inputs) {
      for (const text of await connectorAdvice(graph(), inputs)) tell(`warning: ${text}`);
    },
    async ExchangeAccessPolicy(inputs, olds) {
      for (const text of await accessPolicyAdvice(graph(), inputs, olds)) tell(`warning: ${text}`);
    },
    async AppDeployment(inputs) {
      if (!hasUnknown([inputs.includedGroups, inputs.excludedGroups])) {
        appDeployments.set(inputs.app, await targets(inputs));
      }
    },
  };

  return {
    met: (kind, inputs, olds) => quietly(async () => meet[kind]?.(inputs, olds)),
    is(id, kind, { displayName }) {
      if (typeof displayName !== "string") return;
      names.set(id, `${kind}/${displayName}`);
      ids.set(`${kind}/${displayName}`, id);
    },
    changes: (id, kind, inputs, properties) =>
      quietly(async () => {
        if (kind !== "EmailProfile" || properties.every((property) => unseen.has(property))) return;
        const { successCount } = await graph().once.get(`${configurationPath(id)}/deviceStatusOverview`);
        if (Number(successCount) > 0) tell(`warning: ${prompts(inputs.displayName, Number(successCount))}`);
      }),
    complete() {
      for (const [name, settings] of profiles) tellAll("complete", profileOf(name, settings));
    },
  };
}

/** What no device ever sees of a profile: a change of it prompts nobody. */
const unseen = new Set(["displayName", "description", "roleScopeTagIds"]);

/** Advice is no reason for a run to fail. */
async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof GraphAnswerError || error instanceof GraphUnreachableError)) throw error;
  }
}

// --- what the tenant has --------------------------------------------------------------------------------------------

function profileIn(entity: Json, to: Targets): Profile[] {
  const platform = platformOf(entity);
  return platform === undefined ? [] : [{ name: String(entity.displayName), platform, settings: entity, to }];
}

/** Whom the service says that something is assigned to; names of groups are not among that. */
function assigned(entity: Json): Targets {
  const all = ((entity.assignments ?? []) as { target: Json }[]).map(({ target }) => target);
  const of = (type: RegExp) => all.filter((target) => type.test(String(target["@odata.type"])));
  const ids = (found: Json[]) => found.map(({ groupId }) => String(groupId));
  return {
    groups: new Map(ids(of(/\.groupAssignmentTarget$/)).map((id) => [id, id])),
    without: new Set(ids(of(/\.exclusionGroupAssignmentTarget$/))),
    everybody: of(/\.all(LicensedUsers|Devices)AssignmentTarget$/).length > 0,
  };
}

/** The mail apps that the tenant has, with their assignments; nothing where the service has no apps. */
async function appsOf(graph: Graph): Promise<Json[] | undefined> {
  const path = "/deviceAppManagement/mobileApps";
  const packages = Object.values(mailApps).map(({ packageId }) => packageId);
  try {
    const found = (await graph.once.list(path)).filter(({ packageId }) => packages.includes(String(packageId)));
    return await Promise.all(
      found.map(async (app) => ({ ...app, assignments: await graph.once.list(`${path}/${app.id}/assignments`) })),
    );
  } catch (error) {
    if (error instanceof GraphAnswerError) return undefined;
    throw error;
  }
}
