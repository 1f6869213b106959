/* SPDX-License-Identifier: MIT */
/* crossval.c: folds as child processes: their replies come through pipes and are put where they
 * belong, so that it does not matter which one ends first. */
#include "libcommon/ap/crossval.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "libcommon/base/alloc.h"

/* ---- rows of a split ---- */

int avo_split_make(const struct avo_folds *f, size_t repeat, size_t fold, bool with_valid,
                   struct avo_split *out, struct avo_error *err)
{
    const uint16_t *of_row = f->fold + repeat * f->n_rows;
    size_t valid = with_valid ? (fold + 1) % f->n_folds : f->n_folds, at = 0;
    uint32_t *rows = avo_alloc(f->n_rows, sizeof *rows, "rows of a fold", err);

    *out = (struct avo_split){.rows = rows};
    if (!rows)
        return -1;
    for (size_t i = 0; i < f->n_rows; i++)
        if (of_row[i] != fold && of_row[i] != valid)
            rows[at++] = (uint32_t)i;
    out->train = rows;
    out->n_train = at;
    for (size_t i = 0; i < f->n_rows; i++)
        if (of_row[i] == valid && of_row[i] != fold)
            rows[at++] = (uint32_t)i;
    out->valid = rows + out->n_train;
    out->n_valid = at - out->n_train;
    for (size_t i = 0; i < f->n_rows; i++)
        if (of_row[i] == fold)
            rows[at++] = (uint32_t)i;
    out->test = out->valid + out->n_valid;
    out->n_test = at - out->n_train - out->n_valid;
    return 0;
}

void avo_split_release(struct avo_split *s)
{
    free(s->rows);
    *s = (struct avo_split){0};
}

/* ---- tasks: a set and an evaluation each ---- */

static size_t repeat_of(const struct avo_crossval *cv, size_t evaluation)
{
    return evaluation / cv->spec->folds->n_folds;
}

static size_t fold_of(const struct avo_crossval *cv, size_t evaluation)
{
    return evaluation % cv->spec->folds->n_folds;
}

static int make_split(const struct avo_crossval *cv, size_t evaluation, struct avo_split *split,
                      struct avo_error *err)
{
    return avo_split_make(cv->spec->folds, repeat_of(cv, evaluation), fold_of(cv, evaluation),
                          avo_learner_needs_validation(cv->spec->params.learner), split, err);
}

/* What a child sends; scores [n_test] follow if err.status is 0. */
struct reply {
    struct avo_error err;
    struct avo_learner_result learner;
};

static void learn(const struct avo_crossval *cv, size_t set, size_t evaluation,
                  const struct avo_split *split, struct reply *reply, double *score)
{
    const struct avo_crossval_spec *s = cv->spec;
    struct avo_learner_task task = {
        .x = s->sets[set].x, .n_cols = s->sets[set].n_cols, .y = s->y,
        .train = split->train, .n_train = split->n_train, .valid = split->valid,
        .n_valid = split->n_valid, .test = split->test, .n_test = split->n_test,
        .group = s->group, .n_groups = s->n_groups, .stream = (uint32_t)evaluation + 1};

    if (s->params.learner == AVO_LEARNER_XGBOOST)
        avo_learn_xgboost(&s->params, &task, score, &reply->learner, &reply->err);
    else
        avo_learn_logistic(&s->params, &task, score, &reply->learner, &reply->err);
}

static void send_all(int fd, const void *data, size_t len)
{
    const char *p = data;

    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        p += n;
        len -= (size_t)n;
    }
}

/* What a library says when it gives up (memory that ran out, above all) would stand beside the one
 * line that the parent prints. */
static void silence(int fd)
{
    int none = open("/dev/null", O_WRONLY);

    if (none >= 0 && none != fd) {
        dup2(none, fd);
        close(none);
    }
}

/* The child's whole life. It leaves no other way than _exit: what the parent has open, and its
 * temporary files, are not its own. */
static void be_child(const struct avo_crossval *cv, size_t set, size_t evaluation, int fd)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct reply reply = {0};
    struct avo_split split = {0};
    double *score = NULL;

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
    if (!cv->spec->loud)
        silence(STDERR_FILENO);
    if (make_split(cv, evaluation, &split, &reply.err) == 0 &&
        (score = avo_alloc(split.n_test, sizeof *score, "scores", &reply.err)))
        learn(cv, set, evaluation, &split, &reply, score);
    send_all(fd, &reply, sizeof reply);
    if (reply.err.status == 0 && score)
        send_all(fd, score, split.n_test * sizeof *score);
    _exit(0);
}

/* ---- children ---- */

struct child {
    pid_t pid;                  /* 0: nobody */
    int fd;
    size_t set, evaluation;
    size_t got, want;           /* bytes of the reply */
    unsigned char *buf;
};

struct nursery {
    struct avo_crossval *cv;
    struct child *child;        /* [n] */
    struct pollfd *poll;        /* [n] */
    size_t n, n_tasks, next, done;
};

static int start_child(struct nursery *y, struct child *c, struct avo_error *err)
{
    struct avo_crossval *cv = y->cv;
    size_t set = y->next / cv->n_evaluations, evaluation = y->next % cv->n_evaluations;
    const struct avo_crossval_fold *f = avo_crossval_at(cv, set, evaluation);
    pid_t parent = getpid();
    int ends[2];

    *c = (struct child){.set = set, .evaluation = evaluation,
                        .want = sizeof(struct reply) + f->n_test * sizeof(double)};
    c->buf = avo_alloc(c->want, 1, "scores", err);
    if (!c->buf)
        return -1;
    if (pipe(ends) < 0)
        return avo_error_sys(err, errno, "cannot make a pipe");
    c->pid = fork();
    if (c->pid == 0) {
#ifdef __linux__
        prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
        if (getppid() != parent)
            _exit(1);
        close(ends[0]);
        be_child(cv, set, evaluation, ends[1]);
    }
    close(ends[1]);
    if (c->pid < 0) {
        avo_error_sys(err, errno, "cannot start a process");
        close(ends[0]);
        c->pid = 0;
        return -1;
    }
    c->fd = ends[0];
    y->next++;
    return 0;
}

static void forget(struct child *c)
{
    if (c->pid > 0) {
        close(c->fd);
        c->pid = 0;
    }
    free(c->buf);
    c->buf = NULL;
}

static int name_task(const struct nursery *y, const struct child *c, struct avo_error *err)
{
    return avo_error_prefix(err, "%s, repeat %zu, fold %zu",
                            avo_crossval_set_name(y->cv, c->set),
                            repeat_of(y->cv, c->evaluation) + 1,
                            fold_of(y->cv, c->evaluation) + 1);
}

static int say_death(int status, struct avo_error *err)
{
    if (!WIFSIGNALED(status))
        return avo_error_set(err, "its process ended without a reply");
    avo_error_set(err, "its process died (signal %d, %s)", WTERMSIG(status),
                  strsignal(WTERMSIG(status)));
    if (WTERMSIG(status) == SIGKILL)
        avo_error_hint(err, "if memory ran out, fewer processes (-@ 1) need less");
    return -1;
}

/* The child has ended: its reply goes where it belongs. */
static int take_reply(struct nursery *y, struct child *c, struct avo_error *err)
{
    struct avo_crossval *cv = y->cv;
    const struct avo_folds *folds = cv->spec->folds;
    size_t repeat = repeat_of(cv, c->evaluation), fold = fold_of(cv, c->evaluation), at = 0;
    double *to = cv->score + (c->set * folds->n_repeats + repeat) * folds->n_rows;
    struct reply reply;
    int status = 0;

    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (c->got >= sizeof reply) {
        memcpy(&reply, c->buf, sizeof reply);
        if (reply.err.status != 0) {
            *err = reply.err;
            return name_task(y, c, err);
        }
    }
    if (c->got < c->want || status != 0) {
        say_death(status, err);
        return name_task(y, c, err);
    }
    for (size_t i = 0; i < folds->n_rows; i++)
        if (folds->fold[repeat * folds->n_rows + i] == fold)
            memcpy(&to[i], c->buf + sizeof reply + at++ * sizeof *to, sizeof *to);
    cv->folds[c->set * cv->n_evaluations + c->evaluation].learner = reply.learner;
    return 0;
}

/* 1: more may come, 0: the child has ended. */
static int read_some(struct child *c, struct avo_error *err)
{
    unsigned char more;
    bool full = c->got == c->want;
    ssize_t n = read(c->fd, full ? &more : c->buf + c->got, full ? 1 : c->want - c->got);

    if (n < 0)
        return errno == EINTR ? 1 : avo_error_sys(err, errno, "cannot read from a process");
    c->got += full ? 0 : (size_t)n;
    return n > 0;
}

static int serve(struct nursery *y, struct avo_error *err)
{
    const struct avo_crossval_spec *s = y->cv->spec;

    for (size_t i = 0; i < y->n; i++)
        y->poll[i] = (struct pollfd){.fd = y->child[i].pid > 0 ? y->child[i].fd : -1,
                                     .events = POLLIN};
    if (poll(y->poll, y->n, 1000) < 0)
        return errno == EINTR ? 0 : avo_error_sys(err, errno, "cannot wait for processes");
    if (s->progress)            /* a fold may take minutes */
        s->progress(s->progress_arg, y->done, y->n_tasks);
    for (size_t i = 0; i < y->n; i++) {
        struct child *c = &y->child[i];
        int rc;

        if (c->pid == 0 || y->poll[i].revents == 0 || (rc = read_some(c, err)) > 0)
            continue;
        if (rc == 0)
            rc = take_reply(y, c, err);
        forget(c);
        if (rc < 0)
            return -1;
        y->done++;
        if (s->progress)
            s->progress(s->progress_arg, y->done, y->n_tasks);
    }
    return 0;
}

static void stop_children(struct nursery *y)
{
    for (size_t i = 0; i < y->n; i++)
        if (y->child[i].pid > 0) {
            kill(y->child[i].pid, SIGKILL);
            while (waitpid(y->child[i].pid, NULL, 0) < 0 && errno == EINTR)
                ;
        }
}

static int run_tasks(struct avo_crossval *cv, struct avo_error *err)
{
    struct nursery y = {.cv = cv, .n_tasks = cv->spec->n_sets * cv->n_evaluations};
    int rc = 0;

    y.n = cv->spec->n_processes > 0 ? (size_t)cv->spec->n_processes : 1;
    y.n = y.n < y.n_tasks ? y.n : y.n_tasks;
    y.child = avo_alloc(y.n, sizeof *y.child, "processes", err);
    y.poll = avo_alloc(y.n, sizeof *y.poll, "processes", err);
    if (!y.child || !y.poll)
        rc = -1;
    while (rc == 0 && y.done < y.n_tasks) {
        for (size_t i = 0; rc == 0 && i < y.n && y.next < y.n_tasks; i++)
            if (y.child[i].pid == 0)
                rc = start_child(&y, &y.child[i], err);
        if (rc == 0)
            rc = serve(&y, err);
    }
    if (y.child) {
        stop_children(&y);
        for (size_t i = 0; i < y.n; i++)
            forget(&y.child[i]);
    }
    free(y.child);
    free(y.poll);
    return rc;
}

/* ---- the whole ---- */

static int count_rows(struct avo_crossval *cv, size_t evaluation, struct avo_error *err)
{
    const struct avo_crossval_spec *s = cv->spec;
    struct avo_crossval_fold f = {0};
    struct avo_split split;
    double mean = 0, *score = cv->score + s->n_sets * s->folds->n_repeats * s->folds->n_rows +
                              repeat_of(cv, evaluation) * s->folds->n_rows;

    if (make_split(cv, evaluation, &split, err) < 0)
        return -1;
    f.n_train = split.n_train;
    f.n_valid = split.n_valid;
    f.n_test = split.n_test;
    for (size_t i = 0; i < split.n_train; i++)
        mean += s->y[split.train[i]];
    mean = split.n_train > 0 ? mean / (double)split.n_train : 0;
    for (size_t i = 0; i < split.n_test; i++) {
        f.n_positive += !s->params.regression && s->y[split.test[i]] > 0;
        score[split.test[i]] = mean;
    }
    avo_split_release(&split);
    for (size_t set = 0; set <= s->n_sets; set++)
        cv->folds[set * cv->n_evaluations + evaluation] = f;
    return f.n_train > 0 ? 0 : avo_error_set(err, "repeat %zu, fold %zu: no row is left to train "
                                             "on", repeat_of(cv, evaluation) + 1,
                                             fold_of(cv, evaluation) + 1);
}

int avo_crossval_run(const struct avo_crossval_spec *spec, struct avo_crossval *out,
                     struct avo_error *err)
{
    static const struct avo_crossval_measure classes[] = {
        {"average_precision", "average precision", 1}};
    static const struct avo_crossval_measure numbers[] = {
        {"r2", "R^2", 1}, {"mse", "mean squared error", -1}, {"pearson", "Pearson correlation", 1}};
    const struct avo_folds *f = spec->folds;
    int rc = 0;

    *out = (struct avo_crossval){.spec = spec, .n_evaluations = f->n_repeats * f->n_folds,
                                 .measures = spec->params.regression ? numbers : classes,
                                 .n_measures = spec->params.regression ? 3 : 1};
    out->folds = avo_alloc((spec->n_sets + 1) * out->n_evaluations, sizeof *out->folds, "folds",
                           err);
    out->score = avo_alloc((spec->n_sets + 1) * f->n_repeats * f->n_rows, sizeof *out->score,
                           "scores", err);
    if (!out->folds || !out->score)
        rc = -1;
    for (size_t e = 0; rc == 0 && e < out->n_evaluations; e++)
        rc = count_rows(out, e, err);
    if (rc == 0)
        rc = run_tasks(out, err);
    for (size_t i = 0; rc == 0 && i < (spec->n_sets + 1) * out->n_evaluations; i++)
        rc = avo_crossval_measure(out, i / out->n_evaluations, i % out->n_evaluations, err);
    if (rc < 0)
        avo_crossval_release(out);
    return rc;
}

void avo_crossval_release(struct avo_crossval *cv)
{
    if (!cv)
        return;
    free(cv->folds);
    free(cv->score);
    *cv = (struct avo_crossval){0};
}

const char *avo_crossval_set_name(const struct avo_crossval *cv, size_t set)
{
    if (set < cv->spec->n_sets)
        return cv->spec->sets[set].name;
    return cv->spec->params.regression ? "mean" : "majority";
}
