/** State bytes a resource, and 1,000 resources on the embedded engine, beside the usual way and Terraform. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseEngine, type Engine, type EngineOptions, type StepOp } from "../provider/engine";
import { openTenant, serveTenant } from "../provider/tenant";
import { atMost, type Row } from "./row";

const many = 1000;
/** What Terraform took for the same number of `terraform_data` where this was written, for machines without it. */
const recorded = { apply: 23, plan: 3.2 };

interface Measured {
  up: Timed;
  preview: Timed;
  bytesPerResource: number;
  providerBytes: number;
}

export async function engine(): Promise<Row[]> {
  const { engine } = chooseEngine("embedded");
  const tenant = openTenant();
  const server = await serveTenant(tenant, { port: 0 });
  try {
    const ours = await measure(engine, "ours", many, {});
    const usual = await measure(engine, "usual", many, { BENCH_ENDPOINT: server.url });
    const terraform = timeTerraform(many) ?? recorded;
    const beside = terraform === recorded ? "Terraform's figures as recorded, it is not on PATH" : "Terraform run here";
    return [
      atMost(1 / 3, {
        name: "state a resource, beside the usual way",
        ours: ours.bytesPerResource,
        other: usual.bytesPerResource,
        unit: "B",
      }),
      atMost(1, { name: "__provider, beside its limit", ours: ours.providerBytes, other: 399, unit: "B" }),
      atMost(1, {
        name: `first up of ${many}, beside terraform apply`,
        ours: ours.up.seconds,
        other: terraform.apply,
        unit: "s",
        note: `${beside}; ${ours.up.parts}`,
      }),
      atMost(2.5, {
        name: `no-op preview of ${many}, beside terraform plan`,
        ours: ours.preview.seconds,
        other: terraform.plan,
        unit: "s",
        note: `${beside}; ${ours.preview.parts}`,
      }),
      atMost(1, {
        name: `first up of ${many}, beside the usual way`,
        ours: ours.up.seconds,
        other: usual.up.seconds,
        unit: "s",
      }),
      atMost(1, {
        name: `no-op preview of ${many}, beside the usual way`,
        ours: ours.preview.seconds,
        other: usual.preview.seconds,
        unit: "s",
      }),
    ];
  } finally {
    await server.close();
    tenant.close();
  }
}

async function measure(engine: Engine, program: string, count: number, env: Record<string, string>): Promise<Measured> {
  const cwd = join(__dirname, "programs", program);
  const folder = join(cwd, ".intune-mail");
  rmSync(folder, { recursive: true, force: true });
  const options = { cwd, stack: "bench", env: { ...env, BENCH_COUNT: String(count) } };
  try {
    const up = await timed(engine.up, options, "create", count + 1);
    const preview = await timed(engine.preview, options, "same", count + 1);
    const { deployment } = await engine.exportStack(options);
    const resources = (deployment.resources as { type: string; inputs: { __provider?: string } }[]).filter((resource) =>
      resource.type.startsWith("pulumi-nodejs:dynamic"),
    );
    const bytes = resources.reduce((sum, resource) => sum + Buffer.byteLength(JSON.stringify(resource)), 0);
    const providerBytes = Buffer.byteLength(resources[0]?.inputs.__provider ?? "");
    return { up, preview, bytesPerResource: bytes / resources.length, providerBytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Timed {
  seconds: number;
  /** Where the time went. */
  parts: string;
}

/** Runs an operation that has to give every resource the same step. */
async function timed(operation: Engine["up"], options: EngineOptions, op: StepOp, count: number): Promise<Timed> {
  const steps: number[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  const { changes } = await operation({
    ...options,
    onEvent: ({ kind }) => kind === "step" && steps.push(performance.now()),
  });
  const end = performance.now();
  if (changes[op] !== count) throw new Error(`Expected ${count} × ${op}, found ${JSON.stringify(changes)}.`);
  const { user, system } = process.cpuUsage(cpu);
  const shown = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const [first = end, last = end] = [steps[0], steps.at(-1)];
  const parts = [
    `${shown(first - start)} until the first resource`,
    `${shown(last - first)} for the resources`,
    `${shown(end - last)} to end`,
    `the engine's own process used ${shown((user + system) / 1000)} of processor; the rest is the SDK's runner and provider server`,
  ];
  return { seconds: (end - start) / 1000, parts: parts.join(", ") };
}

function timeTerraform(count: number): typeof recorded | undefined {
  const folder = mkdtempSync(join(tmpdir(), "bench-terraform-"));
  const terraform = (...args: string[]) => {
    const start = performance.now();
    execFileSync("terraform", args, { cwd: folder, stdio: "ignore" });
    return (performance.now() - start) / 1000;
  };
  try {
    const resources = Array.from(
      { length: count },
      (_, index) => `resource "terraform_data" "r${index}" { input = "${index}" }`,
    );
    writeFileSync(join(folder, "main.tf"), resources.join("\n"));
    terraform("init", "-input=false");
    return { apply: terraform("apply", "-auto-approve", "-input=false"), plan: terraform("plan", "-input=false") };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
