/** Certificates that an email profile is linked to: links are not in its body, so each is asked for. */
import type { Graph } from "../../graph/client";
import type { Certificates, Entity, LinkedCertificate, ProfileType } from "../../payload/input";
import { linkedEntity } from "../../resources/configurations";
import type { EmailProfile } from "../tenant/profiles";

type Links = { readonly [Use in keyof Certificates]: string };

const identity: Links = { identity: "identityCertificate" };

/** Navigation properties of each type; asking for one that a type lacks is a mistake to Graph. */
const links = {
  ios: { ...identity, signing: "smimeSigningCertificate", encryption: "smimeEncryptionCertificate" },
  samsungKnox: { ...identity, signing: "smimeSigningCertificate" },
  windowsPhone81: {},
  windows10: {},
  androidForWorkGmail: identity,
  androidForWorkNineWork: identity,
} satisfies Record<ProfileType, Links>;

export async function certificatesOf(graph: Graph, { type, entity }: EmailProfile): Promise<Certificates> {
  const uses = Object.entries<string>(links[type]);
  const found = await Promise.all(
    uses.map(async ([use, navigation]) => [use, await linkedCertificate(graph, entity, navigation)] as const),
  );
  return Object.fromEntries(found.filter(([, certificate]) => certificate !== undefined));
}

async function linkedCertificate(
  graph: Graph,
  entity: Entity,
  navigation: string,
): Promise<LinkedCertificate | undefined> {
  const certificate = await linked(graph, entity, navigation);
  if (!certificate) return undefined;
  const isScep = /ScepCertificateProfile$/i.test(String(certificate["@odata.type"]));
  return { certificate, root: isScep ? await linked(graph, certificate, "rootCertificate") : undefined };
}

const linked = (graph: Graph, from: Entity, navigation: string) =>
  linkedEntity(graph, String(from.id), from, navigation) as Promise<(Entity & { id: string }) | undefined>;
