"""Work handed to a Dask cluster, which gives what a dead worker had begun to another."""

import contextlib
import gc

from common.errors import ConfigError


@contextlib.contextmanager
def client(address):
    """A Dask client of the scheduler at an address such as `tcp://host:8786`.

    Raises:
        ConfigError: Dask is not installed, no scheduler answers, or its workers cannot import this code.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError(f"cluster={address} needs Dask: pip install -e '.[cluster]'") from None
    connected, fault = None, ""
    try:
        connected = Client(address)
    except (OSError, ValueError) as error:
        fault = str(error)
    if connected is None:
        gc.collect()  # what is left of it stops its event loop: now, not while a later client starts, which waits for ever
        raise ConfigError(f"cluster={address}: no Dask scheduler answers there ({fault})")
    with connected:
        try:
            yield connected
        except RuntimeError as error:
            if "deserialization" not in str(error):
                raise
            raise ConfigError(
                f"cluster={address} cannot import this code. Start scheduler and workers from this folder: "
                f"python -m dask scheduler, python -m dask worker {address}"
            ) from None
