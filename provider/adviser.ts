/** Collects what a run meets of the program, and what the tenant has beside it, and says what `advice.ts` makes of that. */
import { advice, annotated, mailApps, type Profile, prompts, type Row, type Stack, type Targets } from "./advice";
import type { Graph, Json } from "./graph/client";
import { GraphAnswerError, GraphUnreachableError } from "./graph/errors";
import { allConfigurations, configurationPath } from "./resources/configurations";
import { platformOf } from "./resources/email-profile";
import { resolveGroups } from "./resources/targets";
import { hasUnknown, isUnknown, type Properties } from "./values";

export interface Adviser {
  /** The run has met a resource of the program, whose inputs are in order. */
  met(kind: string, inputs: Properties): Promise<void>;
  /** What a resource of the program is in the tenant. */
  is(id: string, inputs: Properties): void;
  /** An object is about to be changed in place. */
  changes(id: string, kind: string, inputs: Properties): Promise<void>;
  /** The program has named all that it has. */
  complete(): void;
}

/** A Deployment or AppDeployment of the program. */
interface Deployed {
  /** What it deploys: its id, or where that is not known yet, its name. */
  id: unknown;
  name: unknown;
  to: Targets;
}

/**
 * Says each piece of advice once.
 * @param say gets a line; those that are warnings begin with `warning: `
 */
export function adviser(graph: () => Graph, say: (line: string) => void): Adviser {
  /** Of the program, by name. */
  const profiles = new Map<string, Properties>();
  const trusted = new Set<string>();
  const deployments: Deployed[] = [];
  const appDeployments: Deployed[] = [];
  /** Names of what the program has, by id. */
  const names = new Map<string, string>();
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

  const nameOf = ({ id, name }: Deployed) => (isUnknown(id) ? name : names.get(String(id)));
  const targetsOf = (name: string) => deployments.find((each) => nameOf(each) === name)?.to;
  const targetsOfEntity = (entity: Json) => deployments.find(({ id }) => id === entity.id)?.to ?? assigned(entity);

  const profileOf = (name: string, settings: Properties): Profile => ({
    name,
    platform: String(settings.platform),
    settings,
    to: targetsOf(name),
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
        ...[...trusted].flatMap((name) => targetsOf(name) ?? []),
        ...tenant.filter(isTrusted).map((entity) => targetsOfEntity(entity)),
      ];
    },
    get apps() {
      return apps && new Map(apps.map((app) => [String(app.packageId), targetsOfApp(app)]));
    },
    deployed(id) {
      const ours = deployments.find((each) => each.id === id || nameOf(each) === (names.get(id) ?? id));
      return ours ? [ours.to] : tenant.filter((entity) => entity.id === id).map(assigned);
    },
    get simulated() {
      return simulated;
    },
  };

  function targetsOfApp(app: Json): Targets[] {
    const ours = appDeployments.filter(({ id }) => [app.id, app.displayName, app.packageId].includes(id));
    return ours.length > 0 ? ours.map(({ to }) => to) : [assigned(app)];
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

  const meet: Record<string, (inputs: Properties) => Promise<void>> = {
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
      const found = { id: inputs.profileId, name: inputs.profileName, to: await targets(inputs) };
      deployments.push(found);
      const profile = stack.profiles.find(({ to }) => to === found.to);
      if (profile) tellAll("met", profile);
    },
    async AppDeployment(inputs) {
      if (hasUnknown([inputs.includedGroups, inputs.excludedGroups])) return;
      appDeployments.push({ id: inputs.app, name: undefined, to: await targets(inputs) });
    },
  };

  return {
    met: (kind, inputs) => quietly(async () => meet[kind]?.(inputs)),
    is(id, { displayName }) {
      if (typeof displayName === "string") names.set(id, displayName);
    },
    changes: (id, kind, inputs) =>
      quietly(async () => {
        if (kind !== "EmailProfile") return;
        const { successCount } = await graph().once.get(`${configurationPath(id)}/deviceStatusOverview`);
        if (Number(successCount) > 0) tell(`warning: ${prompts(inputs.displayName, Number(successCount))}`);
      }),
    complete() {
      for (const [name, settings] of profiles) tellAll("complete", profileOf(name, settings));
    },
  };
}

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

/** Only the simulated tenant has a clock. */
async function isSimulated(graph: Graph): Promise<boolean> {
  try {
    await graph.once.get("/simulation/clock");
    return true;
  } catch (error) {
    if (error instanceof GraphAnswerError) return false;
    throw error;
  }
}
