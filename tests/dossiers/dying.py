"""In the place of the program that sets a paper: one that says it is ready, and is killed for memory."""

import os
import signal

if __name__ == "__main__":
    os.write(1, b'{"ready": true}\n')
    os.kill(os.getpid(), signal.SIGKILL)
