/** Which tenant a verb is about, and a Graph client for it: the embedded one and a served one by the same code. */
import { resolve } from "node:path";
import { findProject, readStackFile, resolveConfig } from "../../engine/project";
import type { Graph } from "../../graph/client";
import { connect } from "../../graph/connect";
import { projectFolder, readSettings, type Settings } from "../../settings";
import { UserError } from "../../user-error";

export interface TargetOptions {
  cwd: string;
  stack: string;
  data?: string;
  endpoint?: string;
  token?: string;
}

/** The tenant that the stack deploys to, unless the options name another. */
export function settingsFor({ cwd, stack, data, endpoint, token }: TargetOptions): Settings {
  const folder = resolve(cwd);
  const config = stackConfig(folder, stack);
  const env = { ...process.env };
  // A folder that is named on the command line is meant, whatever the stack is set to.
  if (data !== undefined && endpoint === undefined) delete env.INTUNE_MAIL_ENDPOINT;
  const given: Record<string, string | undefined> = {
    "intune:data": data && resolve(data),
    "intune:endpoint": endpoint,
    "intune:token": token,
  };
  const hidden = data !== undefined ? ["intune:endpoint"] : [];
  return readSettings((key) => given[key] ?? (hidden.includes(key) ? undefined : config(key)), env, folder);
}

/** Opens the tenant for as long as the work takes. */
export async function withTenant<T>(settings: Settings, work: (graph: Graph) => Promise<T>): Promise<T> {
  const graph = connect(settings);
  try {
    return await work(graph);
  } finally {
    await graph.close();
  }
}

const encrypted = "(encrypted)";

/** Reads the stack's configuration as it stands in the project's files; there need be none. */
function stackConfig(folder: string, stack: string): (key: string) => string | undefined {
  if (projectFolder(folder) === undefined) return () => undefined;
  const project = findProject(folder);
  const { values } = resolveConfig(project, readStackFile(project, stack), () => encrypted);
  return (key) => {
    if (values[key] !== encrypted) return values[key];
    const { option, env } = elsewhere[key] ?? { option: "", env: `the environment` };
    throw new UserError(
      `${key} is encrypted in the configuration of stack ${stack}, which only its engine opens. Give it ${option}in ${env}.`,
    );
  };
}

const elsewhere: Record<string, { option: string; env: string }> = {
  "intune:token": { option: "with --token or ", env: "INTUNE_MAIL_TOKEN" },
  "intune:clientSecret": { option: "", env: "AZURE_CLIENT_SECRET" },
};
