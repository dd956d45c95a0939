import { existsSync } from "node:fs";
import { capture, duration } from "./run.mjs";

/** Where distributions put it. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const PACKAGE = ["install", "-y", "--no-install-recommends", "chromium"];

/**
 * The path of a Chromium: the one that the environment variable CHROMIUM names, or an installed one. As root on Debian
 * a missing one is installed; otherwise throws an error that says what to do.
 */
export async function findChromium(env = process.env) {
  const named = env.CHROMIUM;
  if (named !== undefined && !existsSync(named)) throw new Error(`CHROMIUM=${named} does not exist.`);
  const found = named ?? installed();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    throw new Error(
      "The browser tests need Chromium: install it (apt-get install chromium), or name it with CHROMIUM=PATH.",
    );
  }
  return install();
}

async function install() {
  process.stderr.write("Installing Chromium ... ");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await capture("apt-get", ["update"], { env });
  const { code, output, ms } = await capture("apt-get", PACKAGE, { env });
  process.stderr.write(code === 0 ? `done in ${duration(ms)}\n` : "failed\n");
  const found = installed();
  if (found === undefined) throw new Error(`apt-get could not install Chromium:\n${output.slice(-2000)}`);
  return found;
}

function installed() {
  return PLACES.find((path) => existsSync(path));
}
