#include "Isolated.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <poll.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

// Address sanitizers reserve terabytes of address space.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CORTEX_LIMIT_MEMORY 0
#endif
#endif
#ifndef CORTEX_LIMIT_MEMORY
#define CORTEX_LIMIT_MEMORY 1
#endif

namespace cortex::fuzz {

static void limit(decltype(RLIMIT_CPU) what, uint64_t most) {
  const rlimit value{most, most};
  if (most && setrlimit(what, &value) != 0)
    _exit(125);
}

static bool writeAll(int file, const std::string &text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t wrote = write(file, text.data() + done, text.size() - done);
    if (wrote < 0 && errno != EINTR)
      return false;
    done += wrote > 0 ? static_cast<size_t>(wrote) : 0;
  }
  return true;
}

Pool::~Pool() {
  for (const Process &process : running) {
    kill(process.pid, SIGKILL);
    waitpid(process.pid, nullptr, 0);
    close(process.pipe);
  }
}

void Pool::start(const Work &work, Then then) {
  while (running.size() >= most)
    wait();
  int ends[2];
  if (pipe(ends) != 0)
    throw std::runtime_error(std::string("cannot make a pipe: ") + std::strerror(errno));
  std::cout.flush();
  const pid_t pid = fork();
  if (pid < 0) {
    close(ends[0]);
    close(ends[1]);
    throw std::runtime_error(std::string("cannot start a process: ") + std::strerror(errno));
  }
  if (pid == 0) {
    close(ends[0]);
    const rlimit noCore{0, 0};
    (void)setrlimit(RLIMIT_CORE, &noCore);
    limit(RLIMIT_CPU, limits.cpuSeconds);
#if CORTEX_LIMIT_MEMORY
    limit(RLIMIT_AS, limits.memoryMiB << 20);
#endif
    // Nothing of the parent's (buffers, threads that are not here) is to be cleaned up.
    _exit(writeAll(ends[1], work()) ? 0 : 125);
  }
  close(ends[1]);
  running.push_back(
      {pid, ends[0], "", std::move(then), std::chrono::steady_clock::now() + std::chrono::seconds(limits.wallSeconds)});
}

void Pool::wait() {
  std::vector<pollfd> files;
  files.reserve(running.size());
  for (const Process &process : running)
    files.push_back({process.pipe, POLLIN, 0});
  if (poll(files.data(), files.size(), 1000) < 0 && errno != EINTR)
    throw std::runtime_error(std::string("cannot wait for a process: ") + std::strerror(errno));
  for (size_t i = running.size(); i-- > 0;) {
    Process &process = running[i];
    // Looked at anew: `then` of another may have taken long, and what has written meanwhile is not late.
    pollfd file{process.pipe, POLLIN, 0};
    if (poll(&file, 1, 0) <= 0) {
      if (!process.late && std::chrono::steady_clock::now() > process.deadline) {
        process.late = true;
        kill(process.pid, SIGKILL);
      }
      continue;
    }
    char bytes[4096];
    const ssize_t got = read(process.pipe, bytes, sizeof bytes);
    if (got > 0)
      process.text.append(bytes, static_cast<size_t>(got));
    else if (got == 0 || errno != EINTR)
      end(i);
  }
}

void Pool::end(size_t i) {
  Process process = std::move(running[i]);
  running.erase(running.begin() + static_cast<ptrdiff_t>(i));
  close(process.pipe);
  int status = 0;
  rusage usage{};
  while (wait4(process.pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  Ended ended;
  auto seconds = [](const timeval &t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  ended.cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  if (process.late && WIFSIGNALED(status))
    ended.problem = "did not end within " + std::to_string(limits.wallSeconds) + " s";
  else if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
    ended.problem = "was stopped after " + std::to_string(static_cast<int64_t>(ended.cpuSeconds)) + " s of computing";
  else if (WIFSIGNALED(status))
    ended.problem = std::string("crashed: ") + strsignal(WTERMSIG(status));
  else if (WEXITSTATUS(status) != 0)
    ended.problem = "ended with status " + std::to_string(WEXITSTATUS(status));
  else
    ended.text = std::move(process.text);
  process.then(ended);
}

void Pool::finish() {
  while (!running.empty())
    wait();
}

Ended runIsolated(const Pool::Work &work, const Limits &limits) {
  Ended result;
  Pool pool(1, limits);
  pool.start(work, [&](const Ended &ended) { result = ended; });
  pool.finish();
  return result;
}

} // namespace cortex::fuzz
