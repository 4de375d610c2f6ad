const DIGEST = /@sha256:[0-9a-f]{64}$/;

/** An image's name without tag and digest: `registry:5000/shop/checkout:1.2@sha256:…` → `registry:5000/shop/checkout`. */
export const imageName = (image: string): string => {
  const [named = ''] = image.split('@');
  const slash = named.lastIndexOf('/');
  const colon = named.indexOf(':', slash + 1);
  return colon < 0 ? named : named.slice(0, colon);
};

/** Says whether an image can never be another one. */
export const isPinned = (image: string): boolean => DIGEST.test(image);
