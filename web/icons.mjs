// The product's mark as the pictures that telephones want: painted from the same paths as the favicon, without a library.
import { deflateSync } from 'node:zlib'

/** The shield and the tick, in a square of 32. */
export const shield = 'M16 2l11 4v9c0 7-4.500 12-11 15C9.500 27 5 22 5 15V6z'
export const tick = 'M10.500 16l4 4 7-8'
const [green, white] = [[15, 107, 92, 255], [255, 255, 255, 255]]

/** The points of a path that knows M, l, v, V, c, C and z. */
function points(path) {
  const out = []
  let [x, y] = [0, 0]
  const to = (nx, ny) => out.push([(x = nx), (y = ny)])
  const curve = (p) => {
    const [x0, y0] = [x, y]
    for (let step = 1; step <= 24; step += 1) {
      const [t, u] = [step / 24, 1 - step / 24]
      const mix = (a, b, c, d) => u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d
      out.push([mix(x0, p[0], p[2], p[4]), mix(y0, p[1], p[3], p[5])])
    }
    ;[x, y] = [p[4], p[5]]
  }
  for (const [, command, rest] of path.matchAll(/([MlvVcC])([^MlvVcCz]*)/g)) {
    const n = (rest.match(/-?\d*\.?\d+/g) ?? []).map(Number)
    if (command === 'M') to(n[0], n[1])
    if (command === 'l') for (let at = 0; at < n.length; at += 2) to(x + n[at], y + n[at + 1])
    if (command === 'v') to(x, y + n[0])
    if (command === 'V') to(x, n[0])
    if (command === 'c') curve(n.map((value, at) => value + (at % 2 ? y : x)))
    if (command === 'C') curve(n)
  }
  return out
}

function inside(polygon, px, py) {
  let odd = false
  polygon.forEach(([x, y], at) => {
    const [ox, oy] = polygon[(at + polygon.length - 1) % polygon.length]
    if (y > py !== oy > py && px < ((ox - x) * (py - y)) / (oy - y) + x) odd = !odd
  })
  return odd
}

function near(line, px, py, width) {
  return line.slice(1).some(([x, y], at) => {
    const [ox, oy] = line[at]
    const t = Math.max(0, Math.min(1, ((px - ox) * (x - ox) + (py - oy) * (y - oy)) / ((x - ox) ** 2 + (y - oy) ** 2)))
    return Math.hypot(px - ox - t * (x - ox), py - oy - t * (y - oy)) <= width / 2
  })
}

const table = Array.from({ length: 256 }, (_, n) => Array.from({ length: 8 }).reduce((c) => (c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1), n))
function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name), data])
  const sum = body.reduce((crc, byte) => table[(crc ^ byte) & 255] ^ (crc >>> 8), 0xffffffff) ^ 0xffffffff
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length)
  body.copy(out, 4)
  out.writeUInt32BE(sum >>> 0, body.length + 4)
  return out
}

/** A PNG of so many pixels. `mask`: on a full ground, within the circle that launchers leave of it. */
export function icon(size, mask = false) {
  const [polygon, line] = [points(shield), points(tick)]
  const scale = mask ? 52 : 34
  const place = (pixel) => (pixel / size) * scale - (scale - 32) / 2
  const ground = mask ? white : [0, 0, 0, 0]
  const rows = Buffer.alloc(size * (size * 4 + 1))
  const samples = [0.17, 0.5, 0.83]
  for (let py = 0; py < size; py += 1) {
    for (let px = 0; px < size; px += 1) {
      const sum = [0, 0, 0, 0]
      for (const dy of samples) {
        for (const dx of samples) {
          const [x, y] = [place(px + dx), place(py + dy)]
          const colour = near(line, x, y, 3) ? white : inside(polygon, x, y) ? green : ground
          sum[3] += colour[3]
          for (let at = 0; at < 3; at += 1) sum[at] += colour[at] * colour[3]
        }
      }
      const at = py * (size * 4 + 1) + 1 + px * 4
      for (let part = 0; part < 3; part += 1) rows[at + part] = sum[3] ? Math.round(sum[part] / sum[3]) : 0
      rows[at + 3] = Math.round(sum[3] / 9)
    }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(size)
  head.writeUInt32BE(size, 4)
  head.set([8, 6, 0, 0, 0], 8)
  const sign = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
  return Buffer.concat([sign, chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}
