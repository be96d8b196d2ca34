"""From a choice to headers, hosts and cookies: the laws, and the browser that keeps them."""
