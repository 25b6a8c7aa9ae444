"""Runs every test against one live Matoi and prints a summary; fails when one fails or none ran."""

import importlib
import sys
import time
import traceback

import live

ROOMS = ["elastalert", "thehive", "webhooks", "hostile"]


def main():
    binary, *only = sys.argv[1:]
    matoi = live.Matoi(binary)
    results = []
    begun = time.monotonic()
    try:
        matoi.start()
        for login, role in [("hive", "csirt_lead"), ("forwarder", "soc_operator")]:
            matoi.command("user", "add", login, "--name", login, "--service", "--role", role)
        for room in ROOMS:
            module = importlib.import_module(f"test_{room}")
            for name in [name for name in vars(module) if name.startswith("test_")]:
                if only and not any(part in f"{room}.{name}" for part in only):
                    continue
                started = time.monotonic()
                try:
                    getattr(module, name)(matoi)
                    problem = None
                except Exception:
                    problem = traceback.format_exc()
                spent = time.monotonic() - started
                results.append((room, name, problem))
                print(f"{'FAIL' if problem else 'ok  '} {room:10} {name[5:].replace('_', ' ')} ({spent:.1f} s)", flush=True)
                if problem:
                    print(problem, flush=True)
        if matoi.process.poll() is not None:
            results.append(("live", "it_still_runs", matoi.last_log()))
    finally:
        failed = [result for result in results if result[2]]
        if failed:
            print("The last lines of Matoi's log:\n" + matoi.last_log())
        matoi.stop()
    spent = time.monotonic() - begun
    print(f"compat-test: {len(results) - len(failed)} of {len(results)} passed in {spent:.0f} s")
    for room, name, _ in failed:
        print(f"  failed: {room} {name}")
    sys.exit(1 if failed or not results else 0)


if __name__ == "__main__":
    main()
