// sharp with its defaults, one pipeline per size; the same protocol as worker.py.
const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const sharp = require("sharp");

const RENDITIONS = JSON.parse(process.env.RENDITIONS);

async function renditions(data) {
  const made = {};
  for (const [name, width, height, fit, format, quality] of RENDITIONS) {
    made[name] = await sharp(data, { limitInputPixels: false })
      .rotate()
      .resize(width, height, { fit, withoutEnlargement: true })
      .toFormat(format, { quality })
      .toBuffer();
  }
  return made;
}

function peakMegabytes() {
  return Number(/VmHWM:\s*(\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const data = fs.readFileSync(request.file);
    const wall = process.hrtime.bigint();
    const before = process.cpuUsage();
    const made = await renditions(data);
    const cpu = process.cpuUsage(before);
    const answer = {
      cpu_ms: (cpu.user + cpu.system) / 1000,
      wall_ms: Number(process.hrtime.bigint() - wall) / 1e6,
      peak_mb: peakMegabytes(),
    };
    if (request.out) {
      for (const [name, file] of Object.entries(made)) {
        fs.writeFileSync(path.join(request.out, name), file);
      }
    }
    console.log(JSON.stringify(answer));
  }
}

main();
