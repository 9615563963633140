//===- SystemCalls.cpp - Refusing system calls in tests -------------------===//
#include "SystemCalls.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <vector>

using namespace cortex::test;

/// Where a child leaves what went wrong; memory that it shares with its parent.
static char *childSays;
static constexpr size_t kChildsRoom = 4096;

static sock_filter statement(uint32_t code, uint32_t k) {
  return {static_cast<uint16_t>(code), 0, 0, k};
}
static sock_filter jump(uint32_t code, uint32_t k, uint8_t ifTrue, uint8_t ifFalse) {
  return {static_cast<uint16_t>(code), ifTrue, ifFalse, k};
}
static constexpr uint32_t kLoad = BPF_LD | BPF_W | BPF_ABS, kEqual = BPF_JMP | BPF_JEQ | BPF_K,
                          kReturn = BPF_RET | BPF_K;

static bool install(std::vector<sock_filter> filter, unsigned flags) {
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) == 0;
}

static void onSystemCall(void (*handler)(int, siginfo_t *, void *)) {
  struct sigaction action{};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSYS, &action, nullptr);
}

bool cortex::test::canFilterSystemCalls() {
  return inChild([] { return install({statement(kReturn, SECCOMP_RET_ALLOW)}, SECCOMP_FILTER_FLAG_TSYNC) ? "" : "no"; })
      .empty();
}

//===----------------------------------------------------------------------===//
// Futex only
//===----------------------------------------------------------------------===//

void cortex::test::allowFutexOnly() {
  onSystemCall([](int, siginfo_t *info, void *) {
    if (childSays)
      std::snprintf(childSays, kChildsRoom, "system call %d was made", info->si_syscall);
    _exit(1);
  });
  std::vector<sock_filter> filter{statement(kLoad, offsetof(seccomp_data, nr))};
  for (uint32_t call : {SYS_futex, SYS_exit_group}) {
    filter.push_back(jump(kEqual, call, 0, 1));
    filter.push_back(statement(kReturn, SECCOMP_RET_ALLOW));
  }
  filter.push_back(statement(kReturn, SECCOMP_RET_TRAP));
  if (!install(filter, SECCOMP_FILTER_FLAG_TSYNC))
    std::abort();
}

std::string cortex::test::whyNotFutexOnly() {
  if (!canFilterSystemCalls())
    return "This system does not let a process filter them (seccomp)";
  const std::string fault = inChild([] {
    allowFutexOnly();
    const auto now = std::chrono::steady_clock::now();
    return std::string(now.time_since_epoch().count() == 0 ? "no time" : "");
  });
  return fault.empty() ? ""
                       : "On this system a look at the clock is a system call, not one to the vDSO (" + fault + ")";
}

//===----------------------------------------------------------------------===//
// The n-th call
//===----------------------------------------------------------------------===//

static uint64_t untilRefusal; ///< of one thread at a time
static bool wasRefused;

// The filter lets calls pass that are made here: nothing else could make an intercepted one.
extern "C" long cortex_test_system_call(long number, long a, long b, long c, long d, long e, long f);
extern "C" const char cortex_test_system_call_made[];
#if defined(__x86_64__)
__asm__(".text\n"
        "cortex_test_system_call:\n"
        "  mov %rdi, %rax\n"
        "  mov %rsi, %rdi\n"
        "  mov %rdx, %rsi\n"
        "  mov %rcx, %rdx\n"
        "  mov %r8, %r10\n"
        "  mov %r9, %r8\n"
        "  mov 8(%rsp), %r9\n"
        "  syscall\n"
        "cortex_test_system_call_made:\n"
        "  ret\n");

static void decide(int, siginfo_t *info, void *context) {
  greg_t *registers = static_cast<ucontext_t *>(context)->uc_mcontext.gregs;
  const int error = errno;
  const bool last = untilRefusal == 1;
  if (untilRefusal > 0)
    --untilRefusal;
  if (last) {
    wasRefused = true;
    registers[REG_RAX] = -ENOMEM;
  } else {
    registers[REG_RAX] =
        cortex_test_system_call(info->si_syscall, registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
                                registers[REG_R10], registers[REG_R8], registers[REG_R9]);
  }
  errno = error;
}

void cortex::test::interceptSystemCalls() {
  onSystemCall(decide);
  const uint32_t calls[] = {SYS_mmap, SYS_mprotect, SYS_memfd_create, SYS_openat, SYS_read, SYS_write, SYS_brk};
  const auto made = reinterpret_cast<uintptr_t>(cortex_test_system_call_made);
  std::vector<sock_filter> filter{
      statement(kLoad, offsetof(seccomp_data, instruction_pointer)),
      jump(kEqual, static_cast<uint32_t>(made), 0, 3),
      statement(kLoad, offsetof(seccomp_data, instruction_pointer) + 4),
      jump(kEqual, static_cast<uint32_t>(made >> 32), 0, 1),
      statement(kReturn, SECCOMP_RET_ALLOW),
      statement(kLoad, offsetof(seccomp_data, nr)),
  };
  for (uint32_t call : calls) {
    filter.push_back(jump(kEqual, call, 0, 1));
    filter.push_back(statement(kReturn, SECCOMP_RET_TRAP));
  }
  filter.push_back(statement(kReturn, SECCOMP_RET_ALLOW));
  if (!install(filter, 0))
    std::abort();
}
#else
void cortex::test::interceptSystemCalls() {
  std::abort(); // tests ask for the architecture first
}
#endif

RefuseSystemCalls::RefuseSystemCalls(uint64_t n) {
  wasRefused = false;
  untilRefusal = n;
}
RefuseSystemCalls::~RefuseSystemCalls() {
  untilRefusal = 0;
}
bool RefuseSystemCalls::refused() const {
  return wasRefused;
}

//===----------------------------------------------------------------------===//
// Children
//===----------------------------------------------------------------------===//

std::string cortex::test::inChild(const std::function<std::string()> &body) {
  void *shared = mmap(nullptr, kChildsRoom, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED)
    return "no memory that a child can share";
  auto *said = static_cast<char *>(shared);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    childSays = said;
    alarm(300); // a hang becomes a signal that the parent sees
    const std::string fault = body();
    std::memcpy(said, fault.c_str(), std::min(fault.size() + 1, kChildsRoom - 1));
    _exit(fault.empty() ? 0 : 1);
  }
  int status = 0;
  std::string fault;
  if (child < 0 || waitpid(child, &status, 0) != child)
    fault = "cannot start a child";
  else if (*said)
    fault = said;
  else if (WIFSIGNALED(status))
    fault = std::string("signal ") + strsignal(WTERMSIG(status));
  else if (status != 0)
    fault = "exit status " + std::to_string(WEXITSTATUS(status));
  munmap(shared, kChildsRoom);
  return fault;
}
