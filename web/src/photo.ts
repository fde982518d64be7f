// Photographs are made smaller before they are sent: a telephone's 5 MB are 400 kB at the size in which the server keeps them anyway. What the
// camera wrote beside the picture (when, where) goes along, for the server asks for it; only the orientation is set to "upright", because
// the smaller picture is. Whatever goes wrong, the original is sent.
const LONGEST = 2048
const WORTH = 400 * 1024

export function smallerPhotographs(): void {
  // Web views that do not turn a picture upright by themselves would send it lying.
  if (!('CSS' in window) || !CSS.supports('image-orientation', 'from-image') || typeof DataTransfer === 'undefined') return
  document.addEventListener('change', async (event) => {
    const input = event.target as HTMLInputElement
    if (!input.matches || !input.matches('input[type=file]') || !input.files || input.dataset.whole !== undefined) return
    const files = Array.from(input.files)
    if (!files.some((file) => file.type === 'image/jpeg' && file.size > WORTH)) return
    const form = input.form
    const button = form && form.querySelector<HTMLButtonElement>('button[type=submit]')
    if (button) button.disabled = true
    try {
      const made = await Promise.all(files.map((file) => smaller(file).catch(() => file)))
      const list = new DataTransfer()
      made.forEach((file) => list.items.add(file))
      input.files = list.files
    } catch (_) {
      // The chooser keeps what was chosen.
    } finally {
      if (button) button.disabled = false
    }
  })
}

async function smaller(file: File): Promise<File> {
  if (file.type !== 'image/jpeg' || file.size <= WORTH) return file
  const picture = await decoded(file)
  const scale = Math.min(1, LONGEST / Math.max(picture.naturalWidth, picture.naturalHeight))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(picture.naturalWidth * scale)
  canvas.height = Math.round(picture.naturalHeight * scale)
  const brush = canvas.getContext('2d')
  if (!brush) return file
  brush.drawImage(picture, 0, 0, canvas.width, canvas.height)
  const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85))
  if (!made || made.size >= file.size) return file
  const notes = upright(cameraNotes(new Uint8Array(await file.slice(0, 256 * 1024).arrayBuffer())))
  const parts: BlobPart[] = [made.slice(0, 2), ...(notes ? [notes] : []), made.slice(2)]
  return new File(parts, file.name, { type: 'image/jpeg', lastModified: file.lastModified })
}

/** Read as a data address: the pages' policy shows no picture from a blob's. */
function decoded(file: File): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const picture = new Image()
    const reader = new FileReader()
    picture.onload = () => resolve(picture)
    picture.onerror = reader.onerror = () => reject(new Error('not a picture'))
    reader.onload = () => (picture.src = reader.result as string)
    reader.readAsDataURL(file)
  })
}

/** The segment of a JPEG in which the camera writes (APP1, "Exif"), with its marker and length. */
export function cameraNotes(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  for (let at = 2; at + 4 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; ) {
    const length = 2 + bytes[at + 2] * 256 + bytes[at + 3]
    const exif = bytes[at + 1] === 0xe1 && String.fromCharCode(...Array.from(bytes.slice(at + 4, at + 8))) === 'Exif'
    if (exif) return at + length <= bytes.length ? bytes.slice(at, at + length) : null
    at += length
  }
  return null
}

/** The same notes, saying that the picture stands upright. */
export function upright(notes: Uint8Array<ArrayBuffer> | null): Uint8Array<ArrayBuffer> | null {
  if (!notes || notes.length < 24) return notes
  const view = new DataView(notes.buffer, notes.byteOffset, notes.byteLength)
  const tiff = 10
  const little = view.getUint16(tiff) === 0x4949
  const first = tiff + view.getUint32(tiff + 4, little)
  if (first + 2 > notes.length) return null
  const count = view.getUint16(first, little)
  for (let at = 0; at < count && first + 14 + at * 12 <= notes.length; at += 1) {
    const entry = first + 2 + at * 12
    if (view.getUint16(entry, little) === 0x0112) view.setUint16(entry + 8, 1, little)
  }
  return notes
}
