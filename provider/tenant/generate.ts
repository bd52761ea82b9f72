/** Makes seeds that list what a generated company holds, for those who want to see it, or to change it. */
import { stringify } from "yaml";
import { companyOf, type GenerateOptions } from "./company";
import { checkSeed, type Seed, type SeedInput } from "./seed";

export type { GenerateOptions } from "./company";

const domain = "contoso.example";

type Partnership = NonNullable<NonNullable<SeedInput["exchangeOrganizations"]>[number]["partnerships"]>[number];

/** A company with this many devices: about three for every two people, with a few of each telling case. */
export function generateSeed(options: GenerateOptions): Seed {
  return checkSeed(generate(options), `generated for ${options.devices} devices`);
}

/** The same as the text of a seed file. */
export function generateSeedText(options: GenerateOptions): string {
  const { devices, seed } = options;
  return `# Made by: intune-mail tenant generate --devices ${devices} --seed ${seed}\n${stringify(generate(options))}`;
}

function generate(options: GenerateOptions): SeedInput {
  const company = companyOf(options, domain);
  const users = [...company.users()];
  const devices = [...company.devices()];
  const kinds = new Map(company.kinds.map((kind) => [kind.model, { ...kind, members: new Set<string>() }]));
  const mails = new Map(users.map(({ userPrincipalName, mail }) => [userPrincipalName, mail!]));
  for (const { model, user } of devices) kinds.get(model)!.members.add(user!);
  const partnerships = devices.flatMap(({ easDeviceId, user, model }): Partnership[] => {
    const { deviceType, deviceOS } = kinds.get(model)!;
    if (easDeviceId === undefined) return [];
    return [{ mailbox: mails.get(user!)!, deviceId: easDeviceId, deviceType, deviceModel: model, deviceOS }];
  });
  partnerships.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const { mailboxes, conditionalAccess, ...organization } = company.organization;
  return {
    tenant: { displayName: "Contoso", domain },
    clock: "2020-03-02T08:00:00Z",
    random: options.seed,
    users,
    groups: [
      { displayName: company.everyone, members: company.kinds.map(({ group }) => group) },
      ...[...kinds.values()].map(({ group, members }) => ({ displayName: group, members: [...members] })),
    ],
    devices,
    exchangeOrganizations: [
      { ...organization, mailboxes: [...mails.values(), ...mailboxes!], partnerships, conditionalAccess },
    ],
  };
}

const keyOf = ({ mailbox, deviceId }: Partnership) => `${mailbox} ${deviceId}`;
