import { parseIpRange } from "../../tools/index.ts";

/** Which hosts functions may call. */
export interface GrantedHosts {
  /** Whether a URL's host is granted by name. */
  allows(url: URL): boolean;
  /** Whether the name in a URL may stand for this address, at the URL's port. */
  allowsAddress(url: URL, address: string): boolean;
}

/**
 * All hosts but those at private addresses, for requests to addresses that people have entered. Of the private ones those
 * that are `named`, as `grantedHosts` reads them.
 */
export function publicHosts(named: readonly string[]): GrantedHosts {
  const granted = grantedHosts(named);
  return {
    allows(url) {
      if (granted.allows(url)) return true;
      const { protocol, hostname, username, password } = url;
      if ((protocol !== "http:" && protocol !== "https:") || username !== "" || password !== "") return false;
      const host = hostname.replace(/^\[|\]$/g, "");
      // an address in the place of a name is never looked up
      return host !== "localhost" && !isPrivate(host);
    },
    allowsAddress: granted.allowsAddress,
  };
}

/**
 * Addresses that only mean something here: this machine, its network, its provider (RFC 6890); and those that hold an IPv4
 * address, which may be one of these: compatible, translated (RFC 2765, 6052, 8215), Teredo, 6to4.
 */
const PRIVATE = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"],
  ...["::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2002::/16"],
  ...["fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"],
].map((text) => parseIpRange(text));

/** Whatever can be read: of an address that cannot, nobody knows where it leads. */
const ADDRESSES = ["0.0.0.0/0", "::/0"].map((text) => parseIpRange(text));

const LOOPBACK = ["127.0.0.0/8", "::1"].map((text) => parseIpRange(text));

/**
 * Reads the grants: `api.example.com`, `*.example.com`, each with or without `:port`; `localhost`, and
 * addresses, `[::1]` in brackets. A name
 * that resolves to a private address is refused unless that address is granted too, at that port: whoever runs the name's
 * DNS could point it there.
 */
export function grantedHosts(grants: readonly string[]): GrantedHosts {
  const rules = grants.map((grant) => {
    const [, name = "", port] = /^(.*?)(?::(\d+))?$/.exec(grant.toLowerCase()) ?? [];
    return { name: name.replace(/^\[|\]$/g, ""), port };
  });
  /** Whether some rule that names a host so grants it at a URL's port. */
  const isGranted = ({ protocol, port }: URL, isNamed: (name: string) => boolean): boolean => {
    const actual = port || (protocol === "https:" ? "443" : "80");
    return rules.some(({ name, port: only }) => (only === undefined || only === actual) && isNamed(name));
  };

  return {
    allows(url) {
      const { protocol, hostname, username, password } = url;
      if ((protocol !== "http:" && protocol !== "https:") || username !== "" || password !== "") return false;
      const host = hostname.replace(/^\[|\]$/g, "");
      return isGranted(url, (name) => (name.startsWith("*.") ? host.endsWith(name.slice(1)) : name === host));
    },
    allowsAddress(url, address) {
      if (isGranted(url, (name) => name === address)) return true;
      if (url.hostname === "localhost" && isGranted(url, (name) => name === "localhost"))
        return LOOPBACK.some((range) => range?.(address));
      return ADDRESSES.some((range) => range?.(address)) && !isPrivate(address);
    },
  };
}

function isPrivate(address: string): boolean {
  return PRIVATE.some((range) => range?.(address));
}
