# The course in a container. For grading, each submission in one of its own:
#   docker build --target grading --tag vae-course-grading .
# For students, JupyterLab on port 8888; what they write stays in the folder my-lessons here:
#   docker build --tag vae-course .
#   docker run --rm --publish 8888:8888 --volume "$PWD/my-lessons:/home/student/my-lessons" vae-course
FROM python:3.12-slim AS grading
WORKDIR /course
COPY requirements/lab.txt requirements.txt
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY vae_course vae_course
RUN pip install --no-cache-dir --no-deps .

FROM grading AS lab
COPY lessons lessons
RUN useradd --create-home student && install --directory --owner student /home/student/my-lessons
USER student
WORKDIR /home/student
EXPOSE 8888
CMD ["sh", "-c", "vae-course start my-lessons --lessons /course/lessons; \
    exec jupyter lab --ip 0.0.0.0 --no-browser my-lessons"]
